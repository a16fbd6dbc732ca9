"""What the platform measures: one catalogue, from which series, alarms and dashboards are made. Stdlib only."""
