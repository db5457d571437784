"""A report in a real browser: from disk, without a network."""

import io
import os
import shutil

import numpy as np
import pytest
from archode.studies.report import write_reports
from PIL import Image

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader"]
LOCAL = ("file:", "data:", "blob:", "about:")


@pytest.fixture(scope="module")
def browser():
    """A headless browser; without one the tests are skipped, unless ARCHODE_BROWSER=required."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        message = f"none of {', '.join(BROWSERS)} is installed: apt-get install chromium"
        (pytest.fail if os.environ.get("ARCHODE_BROWSER") == "required" else pytest.skip)(message)
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=path, args=OPTIONS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def reports(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    case = shutil.copytree(results["flat"], folder / "flat" / "base", ignore=shutil.ignore_patterns("figures"))
    study = shutil.copytree(results["sweep"], folder / "sweep", ignore=shutil.ignore_patterns("figures"))
    return {"case": list(write_reports(case))[-1], "study": list(write_reports(study, three_d=False))[-1]}


@pytest.fixture(params=["case", "study"])
def page(request, browser, reports):
    """An opened report, which must ask for nothing and complain of nothing."""
    yield from opened(browser, reports[request.param])


@pytest.fixture
def case_page(browser, reports):
    yield from opened(browser, reports["case"])


@pytest.fixture
def study_page(browser, reports):
    yield from opened(browser, reports["study"])


def opened(browser, path):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    asked, complaints = [], []

    def answer(route):
        address = route.request.url
        if address.startswith(LOCAL):
            route.continue_()
        else:
            asked.append(address)
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert not asked and not complaints


@pytest.mark.parametrize("width", [1280, 390])
def test_pictures_are_there_and_nothing_sticks_out(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert widths and all(widths)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_screen_says_the_answer(page):
    box = page.locator(".answer").first.bounding_box()
    assert box["y"] + box["height"] < 800


def test_links_of_the_contents_lead_somewhere(page):
    for address in page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.getAttribute('href'))"):
        assert page.locator(address).count() == 1


def test_a_click_on_a_column_sorts_numbers_as_numbers(study_page):
    table = study_page.locator("#cases table")
    column = table.locator("th.number").first
    index = column.evaluate("cell => cell.cellIndex")

    def values():
        cells = table.locator(f"tbody tr td:nth-child({index + 1})")
        return [float(cells.nth(i).get_attribute("data-sort")) for i in range(cells.count())]

    column.locator("button").click()
    assert values() == sorted(values()) and column.get_attribute("aria-sort") == "ascending"
    column.locator("button").click()
    assert values() == sorted(values(), reverse=True) and len(set(values())) > 1


def test_numbers_sort_before_words_and_ten_after_nine(study_page):
    """A table of this test's own, with the page's script: text with digits, and cells without a number."""
    order = study_page.evaluate(
        """() => {
          const table = document.querySelector("table.sortable"), body = table.tBodies[0];
          body.replaceChildren(...["10", "–", "9", "1e-3"].map((text) => {
            const row = document.createElement("tr"), cell = row.insertCell();
            cell.textContent = text;
            if (text !== "–") cell.dataset.sort = text;
            return row;
          }));
          table.tHead.rows[0].cells[0].querySelector("button").click();
          return [...body.rows].map((row) => row.cells[0].textContent);
        }"""
    )
    assert order == ["1e-3", "9", "10", "–"]


def test_scenes_are_drawn(case_page):
    """Every scene, by a click: its canvas is neither empty nor of one colour."""
    case_page.emulate_media(color_scheme="dark")
    choices = case_page.locator("#view .choices button")
    assert choices.count() >= 2
    for index in range(choices.count()):
        choices.nth(index).click()
        view = case_page.locator("#view .view").nth(index)
        view.locator(".start").click()
        # Beside the scene's canvas the viewer keeps a hidden one of its own.
        canvas = view.frame_locator("iframe").locator("canvas >> visible=true").first
        canvas.wait_for(timeout=30_000)
        assert colours_of(case_page, view.locator("iframe")) > 10
        # The one before was stopped, and can be started again.
        assert case_page.locator("#view iframe").count() == 1
        assert case_page.locator("#view .start").count() == choices.count() - 1


def test_a_click_makes_a_picture_larger_and_smaller_again(case_page):
    image = case_page.locator("#curves figure img").first
    before = image.bounding_box()["width"]
    image.click()
    assert image.bounding_box()["width"] > 1.5 * before
    image.click()
    assert image.bounding_box()["width"] == pytest.approx(before, abs=1)


def test_a_printed_page_is_not_wider_than_the_paper(page):
    # A4 within the margins of the style, at 96 pixels an inch.
    page.set_viewport_size({"width": 703, "height": 1000})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert not page.locator("nav").is_visible()


def colours_of(page, element):
    """Colours of an element as soon as there are several; software rendering takes a moment."""
    count = 0
    for _ in range(40):
        image = np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("RGB"))
        count = len(np.unique(image.reshape(-1, 3), axis=0))
        if count > 10:
            break
        page.wait_for_timeout(250)
    return count
