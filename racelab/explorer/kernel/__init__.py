"""Runs tasks one step at a time under a modelled runtime. Knows no manager, no scenario and no checker."""
