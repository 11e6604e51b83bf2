"""What members type in, one file a concept: on allauth's forms where it has one (settings name them), in our fields and sentences."""
