"""What the use cases ask of the database."""
