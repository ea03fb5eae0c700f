"""What a database needs before the graph may use it: the schema, and somebody who can log in."""

from config.generated import generated_secret
from config.settings import Settings
from db.accounts import Accounts
from db.migrate import migrate
from db.pool import open_pool
from deployments.web.passwords import hash_password

ADMIN = "admin"
ADMIN_PASSWORD_FILE = "admin_password"  # noqa: S105 - the name of a file


async def bootstrap(url: str, environment: Settings) -> None:
    """Apply the migrations and create `admin` where there is no account at all."""
    await migrate(url)
    async with open_pool(url, max_size=1) as pool:
        accounts = Accounts(pool)
        if not (await accounts.accounts(None, 1)).items:
            password = admin_password(environment)
            hashed = hash_password(password, environment.bcrypt_rounds)
            await accounts.ensure_admin(ADMIN, hashed, environment.admin_must_change_password)


def admin_password(environment: Settings) -> str:
    """Return the password `admin` starts with: the operator's, or one made and kept for them."""
    if environment.admin_password is not None:
        return environment.admin_password.get_secret_value()
    return generated_secret(environment.data_dir, ADMIN_PASSWORD_FILE)


def where_password_is(environment: Settings) -> str:
    """Tell a person where to find the password, never the password itself."""
    if environment.admin_password is not None:
        return "the password of the first start (FACEGRAPH_ADMIN_PASSWORD)"
    return f"the password of the first start, in {environment.data_dir / ADMIN_PASSWORD_FILE}"
