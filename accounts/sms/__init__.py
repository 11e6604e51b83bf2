"""Ways of sending text messages (see accounts.domain.notify): SMS_BACKEND names one of these classes or your own."""
