"""What every edge of every app shares: page context, tables, charts, statements as files, fields and codes for contacts, error pages, health, PWA, brand."""
