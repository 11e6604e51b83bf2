"""What every edge of every app shares: page context, tables, charts, error pages, health, PWA, brand."""
