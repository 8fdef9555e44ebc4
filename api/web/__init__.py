"""What people see: templates, style, languages, forms and the HTML of errors; no decision is taken here."""
