"""`make audit`: Lighthouse on the pages that members open most."""
