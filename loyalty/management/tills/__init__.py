"""Simulated tills: customers who come whether or not the last one has been served, over real HTTP (`manage.py simulate_till`)."""
