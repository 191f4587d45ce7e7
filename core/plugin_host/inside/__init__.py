"""What runs in a plugin's process: it imports the plugin, serves its calls, and knows no database and no other plugin.

Started by core/plugin_host/process.py as `python -m core.plugin_host.inside`.
"""
