"""What to do: policy, decision, reasons."""
