"""What would make a table pass: concrete queries, each of them judged before it is proposed."""
