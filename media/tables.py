"""Tables of stored files, their uses, variants and uploads."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field

from database.table_row import TableRow
from database.types import Moment


class MediaFileRow(TableRow, table=True):
    """A stored file: present, being deleted, or gone."""

    __tablename__ = "media_file"
    __table_args__ = (Index("media_file_by_state", "state", "changed_at"),)

    key: str = Field(primary_key=True)
    state: str
    changed_at: datetime = Field(sa_column=Column(Moment(), nullable=False))


class MediaUseRow(TableRow, table=True):
    """A use of a file until a time, by a generation, an upload, another file, or a pin."""

    __tablename__ = "media_use"
    __table_args__ = (Index("media_use_by_holder", "holder"), Index("media_use_by_expiry", "expires_at"))

    key: str = Field(primary_key=True, foreign_key="media_file.key")
    holder: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_column=Column(Moment(), nullable=False))


class MediaVariantRow(TableRow, table=True):
    """A variant that is made on first request."""

    __tablename__ = "media_variant"

    source: str = Field(primary_key=True, foreign_key="media_file.key")
    format: str = Field(primary_key=True)
    key: str


class UploadRow(TableRow, table=True):
    """An uploaded file. Without a key it is in progress, and `bytes` is its reservation."""

    __tablename__ = "upload"
    __table_args__ = (Index("upload_of_account", "account_id", "expires_at"),)

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id")
    key: str | None = None
    media_type: str | None = None
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))
    expires_at: datetime = Field(sa_column=Column(Moment(), nullable=False))
