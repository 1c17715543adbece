"""Webhook endpoints, the outbox, signatures and deliveries."""
