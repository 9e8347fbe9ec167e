"""What happened: series, offers, demand, competition, resale price, risk."""
