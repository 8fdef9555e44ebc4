"""The manifest of a noisy answer: what is promised and how, in the tiers of the OpenDP Deployments Registry."""

from output_checker.metadata import DatasetMetadata
from output_checker.noise import scalar
from output_checker.noise.documents import Guarantee, Manifest, Method, PrivacyLoss, Purpose
from output_checker.noise.laws import DiscreteLaplace
from output_checker.noise.plan import NoisePlan
from output_checker.text import Text

NEIGHBOURS = Text(
    nl="De populatie met of zonder één eenheid, met al haar rijen (toevoegen of weglaten).",
    en="The population with or without one unit, with all its rows (add or remove).",
)
_COMPOSITION = Text(
    nl="Alle antwoorden over dezelfde populatie tellen op in één budget, ook mislukte; niets wordt teruggegeven.",
    en="All answers about the same population add up in one budget, failed ones too; nothing is refunded.",
)
_IMPLEMENTATION = Text(
    nl="Gehele ruis, exact getrokken uit de entropie van het besturingssysteem; geen drijvende komma.",
    en="Noise in whole numbers, drawn exactly from the operating system's entropy; no floating point.",
)
_BY_DIFFPRIVLIB = Text(
    nl="Een enkel aantal: het mechanisme Geometric van diffprivlib 0.6.6, met bewaakte grenzen.",
    en="A single count: the mechanism Geometric of diffprivlib 0.6.6, within guarded limits.",
)
_AFTERWARDS = (
    Text(
        nl="Totalen die niet gemeten zijn, zijn opgeteld; niveaus zijn met gewogen kleinste kwadraten consistent.",
        en="Totals that were not measured are added up; levels are made consistent by weighted least squares.",
    ),
    Text(
        nl="Om te lezen: aantallen als gehele getallen vanaf nul, van boven af verdeeld. De ruwe metingen staan ernaast.",
        en="For reading: counts as whole numbers from zero up, shared out from the top. The raw measurements are beside them.",
    ),
)


def uses_diffprivlib(plan: NoisePlan) -> bool:
    """Whether a vector of the plan is one count, which goes through diffprivlib."""
    return any(
        plan.level(one.kept).size == 1
        and plan.tallies[one.tally].grid is None
        and isinstance(one.law, DiscreteLaplace)
        and scalar.is_sound(one.law)
        for one in plan.measurements
    )


def manifest_of(plan: NoisePlan, metadata: DatasetMetadata) -> Manifest:
    """What is known of the manifest from the plan; who asks and when is added by who releases."""
    by_diffprivlib = uses_diffprivlib(plan)
    return Manifest(
        purpose=Purpose(),
        guarantee=Guarantee(
            flavour="pure differential privacy"
            if plan.noise.pure
            else "zero-concentrated differential privacy",
            privacy_unit=metadata.unit_label(plan.unit),
            neighbours=NEIGHBOURS,
            losses=tuple(
                PrivacyLoss(unit=unit, nano_rho=loss.nano_rho, nano_epsilon=loss.nano_epsilon)
                for unit, loss in plan.losses.items()
            ),
        ),
        method=Method(
            domain=metadata.population,
            unprotected=_unprotected(metadata),
            unit_in_detail=_unit(plan, metadata),
            afterwards=_AFTERWARDS,
            composition=_COMPOSITION,
            implementation=_BY_DIFFPRIVLIB if by_diffprivlib else _IMPLEMENTATION,
            implementation_delta=scalar.DELTA if by_diffprivlib else 0.0,
        ),
    )


def _unprotected(metadata: DatasetMetadata) -> tuple[Text, ...]:
    """What is public knowledge and gets no noise."""
    return (
        Text(
            nl="codelijsten, grenzen en indelingen van de catalogus",
            en="the catalogue's code lists, bounds and groupings",
        ),
        *(
            [Text(nl="combinaties die niemand kan hebben", en="combinations that nobody can have")]
            if metadata.structural_zeros
            else []
        ),
    )


def _unit(plan: NoisePlan, metadata: DatasetMetadata) -> Text:
    label = metadata.unit_label(plan.unit)
    return Text(
        nl=f"{label.nl}: hoogstens {plan.rows} rij(en) per eenheid, vastgelegd in de catalogus",
        en=f"{label.en}: at most {plan.rows} row(s) per unit, declared in the catalogue",
    )
