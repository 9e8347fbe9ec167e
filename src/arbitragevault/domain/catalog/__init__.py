"""What it is: identifiers, marketplaces, products."""
