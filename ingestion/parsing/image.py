"""Pictures by OCR: PNG, JPEG, TIFF with several pages, GIF, BMP, WebP."""

from __future__ import annotations

from ingestion.parsing.model import Draft, Source
from ingestion.parsing.ocr import Reader
from retrieval.errors import RejectedError

_MAX_SIDE = 4000


def parse_image(source: Source) -> Draft:
    """The picture's text; a page for each picture in the file.

    Raises:
        RejectedError: damaged, too large, or without text.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = source.limits.megapixels * 1_000_000
    reader = Reader()
    pages = []
    try:
        with Image.open(source.path) as opened:
            count = getattr(opened, "n_frames", 1) if opened.format == "TIFF" else 1
            source.check_pages(count, "pictures")
            media_type = Image.MIME.get(opened.format or "", "image/png")
            if opened.width * opened.height > source.limits.megapixels * 1_000_000:
                raise RejectedError(
                    f"{source.filename} has {opened.width:,} × {opened.height:,} pixels; the limit is "
                    f"{source.limits.megapixels:,} million"
                )
            for number in range(count):
                source.progress("page", number + 1, count)
                opened.seek(number)
                picture = ImageOps.exif_transpose(opened).convert("RGBA")
                picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
                paper = Image.new("RGBA", picture.size, "white")
                pages.append(reader.read(Image.alpha_composite(paper, picture).convert("RGB")))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RejectedError(f"{source.filename} has more than {source.limits.megapixels:,} million pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise source.broken("picture") from error
    return Draft("", tuple(pages), media_type, paged=len(pages) > 1)
