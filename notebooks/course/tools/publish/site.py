"""The site: pages to read, slides, and all notebooks live, in a folder that any server of files can serve."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from course.tools.publish.deck import write_slides
from course.tools.publish.lite import write_lite
from course.tools.publish.pages import write_pages
from lstm_lib.errors import UserError
from lstm_lib.storage import disk_errors

TRANSLATE = Path(__file__).with_name("translate.html")  # a page of its own, on the Python of the notebooks


def write_site(folder: Path) -> None:
    """Write the site into a new folder.

    Raises: UserError: the folder exists, or a part of the site cannot be fetched or built; nothing is left.
    """
    if folder.exists():
        raise UserError(f"{folder}: exists already; delete it, or name a new folder")
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as scratch:
            site = Path(scratch) / "site"
            write_pages(site)
            write_lite(site / "lite")
            write_slides(site / "slides")
            shutil.copy(TRANSLATE, site)
            os.replace(site, folder)
