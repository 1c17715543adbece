"""`/v1/generations`, the list that clients of Doitong's REST API and of Kubeez's read."""
