"""Short live entries in French and English."""

from __future__ import annotations

import re

from aggregator.demo import match
from aggregator.demo.bulletins import Moment, Text, comma

_BEFORE_SIGN = re.compile(r" (?=[:;%] |°C|(?:m|DH) )")
_PRODUCE = (
    ("la tomate", "de tomates", 5.8),
    ("la carotte", "de carottes", 2.9),
    ("la clémentine", "de clémentines", 4.4),
    ("l’oignon", "d’oignons", 3.4),
    ("la pomme de terre", "de pommes de terre", 4.1),
)


def wholesale_market(moment: Moment) -> Text:
    """Prices on an invented wholesale market."""
    chance = moment.chance
    name, of_name, usual = _PRODUCE[moment.number // 12 % len(_PRODUCE)]
    step = chance.randint(1, 7) * 0.05
    rises = chance.random() < 0.5
    price = comma(usual + (step if rises else -step), 2)
    lorries = chance.randint(32, 84)
    comment = chance.choice(
        (
            "un nombre habituel pour la saison",
            "et attendent une seconde vague d’arrivages en provenance du Souss",
            "dont un tiers chargés la veille dans le Gharb",
        )
    )
    return _french(
        f"Marché de gros d’Aïn Lkhir : {name} à {price} DH le kilo à {moment.heure}",
        f"<p>Au marché de gros d’Aïn Lkhir, le kilo {of_name} s’échangeait à {price} dirhams à "
        f"{moment.heure}, en {'hausse' if rises else 'baisse'} de {comma(step, 2)} dirham par "
        "rapport à l’ouverture.</p>"
        f"<p>Les mandataires ont compté {lorries} camions depuis le début de la journée, "
        f"{comment}.</p>",
    )


def strait(moment: Moment) -> Text:
    """The sea in the strait, as a buoy measures it."""
    chance = moment.chance
    swell = round(moment.wave(1.35, 0.5, 40.0), 1)
    wind, water = chance.randint(9, 18) + round(6 * swell), chance.randint(16, 18)
    side = chance.choice(("d’est", "d’ouest"))
    traffic = (
        "Les navettes circulent avec un léger retard ; les petites embarcations sont invitées à "
        "rester au port."
        if swell >= 1.6
        else "Toutes les liaisons sont assurées, et la sortie des barques de pêche est autorisée."
    )
    return _french(
        f"Détroit, {moment.heure} : {comma(swell, 1)} m de houle et vent {side} à {wind} nœuds",
        f"<p>La bouée de Ras Boughaz mesurait à {moment.heure} une houle de {comma(swell, 1)} "
        f"mètre et un vent {side} de {wind} nœuds, pour une eau à {water} °C.</p><p>{traffic}</p>",
    )


def reservoir(moment: Moment) -> Text:
    """The level of an invented reservoir."""
    level, before = (
        Moment(number, moment.at).wave(43.0, 0.7, 55.0)
        for number in (moment.number, moment.number - 12)
    )
    change = round(level, 1) - round(before, 1)
    words = f"{comma(abs(change), 1)} point de {'plus' if change > 0 else 'moins'} qu’au"
    compared = "un niveau inchangé depuis le" if abs(change) < 0.05 else f"soit {words}"
    inflow, outflow = moment.chance.randint(11, 26), moment.chance.randint(3, 8)
    return _french(
        f"Retenue d’Imi Ouzrou : {comma(level, 1)} % de remplissage au relevé de {moment.heure}",
        "<p>La retenue d’Imi Ouzrou, dans l’arrière-pays d’Agadir, affichait "
        f"{comma(level, 1)} % de remplissage à {moment.heure}, {compared} relevé précédent.</p>"
        f"<p>Les apports de l’oued sont estimés à {inflow} mètres cubes par seconde, les lâchers "
        f"destinés aux périmètres irrigués à {outflow} mètres cubes.</p>",
    )


def bus_times(moment: Moment) -> Text:
    """How long a bus takes across Rabat."""
    chance = moment.chance
    minutes, change = chance.randint(16, 31), chance.choice(("two", "three", "four", "five"))
    start, goal = chance.choice(
        (("Agdal", "the medina"), ("Hay Riad", "the city station"), ("Yacoub El Mansour", "Agdal"))
    )
    direction = chance.choice(("more", "less"))
    place = chance.choice(("Bab Rouah", "Bab El Had", "the ring road", "the city station"))
    return Text(
        f"Rabat traffic at {moment.clock}: {minutes} minutes by bus from {start} to {goal}",
        f"<p>Buses from {start} to {goal} were taking {minutes} minutes at {moment.clock}, "
        f"{change} minutes {direction} than at the previous check, according to readings "
        "collected by The Rabat Observer.</p>"
        f"<p>Traffic was heaviest around {place}. No accident was reported on the main avenues."
        "</p>",
    )


def wind_farm(moment: Moment) -> Text:
    """What an invented wind farm supplies."""
    output = round(moment.wave(310, 95, 24.0))
    share = round(output / 4.2)
    speed = round(5 + output / 42)
    outlook = (
        "The operator expects the breeze to hold through the next few hours."
        if output >= 310
        else "The operator expects output to recover as the sea breeze returns."
    )
    return Text(
        f"Jbel Sahel wind farms supplying {output} MW at {moment.clock}, {share}% of capacity",
        f"<p>The three wind farms on the Jbel Sahel ridge were feeding {output} megawatts into "
        f"the grid at {moment.clock}, about {share}% of what they can deliver, with winds of "
        f"{speed} metres per second at hub height.</p><p>{outlook}</p>",
    )


def match_report(moment: Moment) -> Text:
    """The current match, in English."""
    now = match.state(moment.number)
    home, away = match.HOME.en, match.AWAY.en
    stage = {"break": "half-time", "over": "full time"}.get(now.phase, f"{now.minute} min")
    score = f"{home} {now.home}-{now.away} {away}"
    scorers = ", ".join(f"{goal.en} ({goal.minute})" for goal in now.goals)
    word = "Scorer" if len(now.goals) == 1 else "Scorers"
    goals = f"{word}: {scorers}." if now.goals else "Neither goalkeeper has been beaten."
    follow = {
        "break": "The teams are back on the pitch in a few minutes.",
        "over": "The return leg will be played in Tighermine.",
    }.get(now.phase, "The stands at Ras Boughaz are full.")
    return Text(
        f"Harbour Cup live, {stage}: {score}",
        f"<p>{score} in the first leg of the Harbour Cup tie at Ras Boughaz; the latest update "
        f"is from {moment.clock} ({stage}).</p><p>{goals} {follow}</p>",
    )


def _french(title: str, body: str) -> Text:
    """`text` with the no-break spaces that French puts before its signs and units."""
    return Text(*(_BEFORE_SIGN.sub("\u00a0", text) for text in (title, body)))
