"""The backends of upstream APIs: one module each."""
