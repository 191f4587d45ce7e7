"""Where this installation serves: tokens name it as their issuer, and `demo token` runs beside a server that may have
been told another port."""

from recobro.settings import Settings

_FILE = "address"


def remember(settings: Settings) -> None:
    """Keep the address of the server that starts now."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / _FILE).write_text(settings.issuer + "\n")


def recall(settings: Settings) -> str:
    """The address of the server that started last; that of the settings where none did."""
    kept = settings.data_dir / _FILE
    if settings.public_url is None and kept.exists():
        return kept.read_text().strip()
    return settings.issuer
