"""From model.toml and adapter.toml to the objects of a scan."""
