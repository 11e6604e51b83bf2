"""Who may what, over every address of the site."""
