"""Alerts by e-mail, through the operator's own server: that something waits in Heia, and nothing else.

Entry point: ``setup.MAIL_PLUGIN``. The only package that imports aiosmtplib.
"""
