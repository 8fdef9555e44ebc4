"""Who people are: institutions, centres, persons, roles and the evidence about them."""
