"""What it costs: fees, landed cost, profit and their exact inverses."""
