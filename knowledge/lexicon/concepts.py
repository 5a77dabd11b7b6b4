"""Words that mean the same, across Bokmål, Nynorsk and English, and among the names people use for one thing.

One line a meaning, general words first and the words of a digital workplace after. The first word names it. A word
stands on one line only; what has several meanings stands under the likelier one, or nowhere.
"""

from __future__ import annotations

_TABLE = """
hva: what which
hvordan: how
hvorfor: why
hvor: where
når: when
hvem: who whom whose
jeg: i
du: you
vi: we
meg: me
min: my mine
deg: yours
din: your
vår: our ours
oss: us
dem: them
de: they
han: he him
hun: she
hans: his
hennes: her
er: is are am be
var: was were been
har: have has got
hadde: had
kan: can
kunne: could
skal: shall should
vil: will want wanna would
må: must
gjøre: do does did doing gjort
ikke: not don't dont doesn't doesnt didn't cannot can't cant won't isn't
og: and
eller: or
med: with
uten: without
til: to
fra: from
for: for
av: of
på: on
om: about
før: before
etter: after
under: during
mellom: between
over: above
denne: this
disse: these
det: it that
en: a an
noe: some any something anything
noen: someone anyone anybody somebody
alle: all every everyone everybody alt everything
ingen: none nobody
mange: many
mye: much lot lots
flere: more several
her: here
der: there
nå: now
så: then
bare: only just
også: also too
igjen: again
alltid: always
aldri: never
ofte: often
allerede: already
fortsatt: still
snart: soon
kanskje: maybe perhaps
ja: yes yeah
nei: no nope
takk: thanks thank
vennligst: please vennlegast
ny: new
gammel: old
stor: big large
liten: small little
god: good
bra: well great
dårlig: bad poor
best: best
rask: quick fast hurtig rask raskt kjapt
langsom: slow treg tregt sakte
lett: easy enkel enkelt
vanskelig: difficult hard
viktig: important
riktig: right correct
feil: wrong error mistake feilmelding
sikker: safe secure trygg trygt
gratis: free
åpen: open
stengt: closed stengd lukket
ledig: available ledige
første: first
siste: last latest
neste: next kommende upcoming
forrige: previous
samme: same
annen: other another else
forskjell: difference
mulig: possible
nødvendig: necessary påkrevd required obligatorisk mandatory
én: one
to: two
tre: three
fire: four
fem: five
seks: six
sju: seven
åtte: eight
ni: nine
ti: ten
elleve: eleven
tolv: twelve
tretten: thirteen
fjorten: fourteen
femten: fifteen
seksten: sixteen
sytten: seventeen
atten: eighteen
nitten: nineteen
tjue: twenty
tretti: thirty
førti: forty
femti: fifty
seksti: sixty
hundre: hundred
tusen: thousand
halv: half
tid: time tida tiden
dag: day dager dagar
idag: today
imorgen: tomorrow
igår: yesterday
morgen: morning
formiddag: forenoon
ettermiddag: afternoon
kveld: evening ikveld tonight
natt: night
uke: week
helg: weekend helgen helga
måned: month
år: year
time: hour timer timar hours
minutt: minute minutter minutt minutes
sekund: second sekunder
klokka: clock o'clock
dato: date datoen
daglig: daily dagleg
ukentlig: weekly vekentleg
månedlig: monthly
mandag: monday
tirsdag: tuesday
onsdag: wednesday
torsdag: thursday
fredag: friday
lørdag: saturday
søndag: sunday
januar: january
februar: february
mars: march
mai: may
juni: june
juli: july
august: aug
oktober: october
desember: december
sommer: summer sommeren
vinter: winter vinteren
vår: spring
høst: autumn haust
jul: christmas
påske: easter
ferie: vacation holiday holidays feriar
bursdag: birthday gebursdag fødselsdag
få: get receive gets getting mottar
gi: give gje gir
ta: take
komme: come comes arrive
gå: go goes going walk
se: see watch look
høre: hear
vite: know kjenne
tro: think believe
si: say
fortelle: tell inform informere
spørre: ask
svare: answer reply svar svaret svarer
snakke: talk speak
ringe: call phone ring anrop
skrive: write type
lese: read
finne: find locate
lete: search søke søk leter
vise: show display vis
bruke: use using used benytte
lage: make create opprette lag opprett
bygge: build
begynne: start begin starte oppstart
slutte: stop end stoppe stans slutt avslutte
fortsette: continue proceed
endre: change edit modify redigere rediger justere juster
oppdatere: update oppdatering oppdater updates
slette: delete remove erase fjerne fjern slett ta-bort
avbryte: cancel avlyse avlys kansellere kanseller avbestille avbryt
legge: put add legge-til tilføye
sette: set place angi
hente: fetch retrieve
sende: send sent
flytte: move transfer overføre
kopiere: copy kopi
lagre: save store lagring lagra
dele: share sharing deling delt
åpne: open
lukke: close
låse: lock låst locked utestengt
kjøpe: buy purchase handle
selge: sell selje
betale: pay payment betaling
koste: cost kostnad price pris koster costs prisen
bestille: order book booke bestill bestilling booking
hjelpe: help hjelp assist assistance support brukerstøtte
lære: learn teach
kurs: course courses kurset kursene training opplæring class classes kursa
trenge: need needs require behøve
ønske: wish
like: like likes enjoy
elske: love elsker
huske: remember
minne: remind
påminnelse: reminder
glemme: forget forgot glemt gløyme gløymt glømt forgotten
vente: wait waiting
håpe: hope
prøve: try forsøke
velge: choose select pick velje valg
bytte: switch swap
melde: report rapportere meld
sjekke: check verify kontrollere sjekk
forklare: explain
mene: mean
bety: means betyr tyder
skje: happen happens skjer happening
virke: work works working fungere
ødelagt: broken
vekke: wake
sove: sleep søvn
spise: eat
drikke: drink
kjøre: drive driving
reise: travel trip reisen
bo: live
jobbe: jobber job
møte: meeting meetings meet møtet møter møta
avtale: appointment appointments avtaler avtalar
kalender: calendar kalenderen
hendelse: event
liste: list lists lista
navn: name namn
person: people folk
barn: child children kids unger
mor: mother mom mamma mum
far: father dad pappa
venn: friend friends venner
kone: wife
mann: man husband
hund: dog
katt: cat
hus: house
hjem: home heim hjemme
rom: room rommet
dør: door
bil: car vehicle bilen
buss: bus
tog: train
fly: flight plane
sykkel: bike bicycle
vei: road veg
by: city town byen
land: country
sted: place location stad plassering
mat: food
middag: dinner supper
frokost: breakfast
lunsj: lunch
kaffe: coffee
vann: water vatn
butikk: shop
bank: bank
penger: money cash pengar
konto: account kontoen accounts brukerkonto
kort: card kortet
faktura: invoice bill
lønn: salary pay-check løn wage
skatt: tax taxes
lege: doctor physician
tannlege: dentist
medisin: medicine medisinen medicines pills
syk: sick ill sjuk
sykehus: hospital sjukehus
apotek: pharmacy
skole: school
student: student studenter
elev: pupil pupils elever elevar
film: movie
kino: cinema
musikk: music
sang: song
spille: play
nyheter: news
vær: weather
temperatur: temperature
regn: rain
snø: snow
sol: sun
vind: wind
sky: cloud
varm: warm hot
kald: cold
poeng: points point
språk: language språket
norsk: norwegian
engelsk: english
oversette: translate oversettelse translation omsetje
spørsmål: question questions
problem: problem issue trouble
løsning: solution
eksempel: example døme
grunn: reason årsak
regel: rule rules regler reglar
lov: law lovlig legal allowed lov lovleg tillatt
plan: plan planer schedule tidsplan
prosjekt: project prosjektet
team: gruppe group grupper teamet groups
leder: manager boss sjef leiar lederen
kollega: colleague colleagues coworker kollegaer kollegaene medarbeider
ansatt: employee employees staff
bedrift: company business firma selskap
kontor: office-room kontoret
kommune: municipality municipal municipalities
avdeling: department unit enhet eining
ambassadør: ambassador ambassadors ambassadøren ambassadørene champion superbruker
ansvarlig: responsible ansvar ansvarleg
kontakt: contact kontakte
bruker: user users brukernavn username
passord: password passwords passordet pwd pin
innlogging: login signin logge logg log pålogging innlogga
utlogging: logout signout
tofaktor: mfa 2fa tofaktorautentisering totrinn authenticator totrinnsbekreftelse
tilgang: access permission tillatelse rettighet løyve
invitere: invite invitation invitasjon
gjest: guest guests gjester ekstern eksterne external
medlem: member members medlemmer
eier: owner owners eigar
program: app software application programmer programvare apper appen apps applikasjon
installere: install installasjon installation installer
laste: download nedlasting
fil: file files filer filen dokument document documents dokumenter filene dokumentet
mappe: folder folders mapper mappen
bilde: image picture photo photos bilder bilete
video: videoer clip videoen
lyd: sound audio lyden volume volum
mikrofon: microphone mic mikrofonen
kamera: camera webcam kameraet
skjerm: screen monitor skjermen skjermdeling
mobil: mobile cellphone smartphone mobilen telefon telefonen iphone android
datamaskin: computer pc laptop maskin datamaskinen bærbar maskinen pcen
nettbrett: tablet ipad
skriver: printer print utskrift printeren
nett: internet network wifi nettverk trådløst internett
nettleser: browser chrome edge firefox nettlesar nettleseren
nettside: website webpage nettsiden site
lenke: link links lenker lenkje
epost: email mail e-post mailen e-mail eposten mailer emails innboks inbox outlook
melding: message messages beskjed notification varsel varsler notifications varslinger
chat: chatte nettprat chatten
samtale: conversation samtalen
kanal: channel channels kanaler
teams: tims teems microsoft-teams
office: o365 m365 office365 kontorpakken kontorpakke microsoft365 office-365 microsoft-365 officepakken
word: tekstbehandling
excel: regneark spreadsheet
powerpoint: presentasjon slides
onedrive: one-drive skylagring
sharepoint: share-point
yammer: viva
intranett: intranet
lisens: license licence lisenser lisensen licenses
versjon: version versjonen
innstilling: settings setting
sikkerhetskopi: backup
personvern: privacy gdpr personopplysninger persondata
taushetsplikt: confidentiality konfidensiell fortrolig
sensitiv: sensitive sensitivt sensitive
data: information info informasjon opplysninger opplysningar
rollout: utrulling innføring innføres utrullingen utrullinga lansering launch
forsinket: delayed utsatt postponed utsettelse forsinkelse utsett
hjemmekontor: homeoffice remote heimekontor
søknad: apply søknaden
godkjenne: approve approved godkjent godkjenning godkjend
arkiv: archive arkivere
gjenopprette: restore recover tilbakestille reset nullstille gjenoppretting
virus: malware
phishing: svindel fraud scam svindelforsøk
"""


def _meanings() -> dict[str, str]:
    """Return word, lower case → the first word of its line; the first line wins."""
    table: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        name, _, others = line.partition(":")
        for word in (name, *others.split()):
            table.setdefault(word.replace("-", ""), name)
    return table


MEANING = _meanings()
"""Word, lower case, without hyphens → the word that names its meaning."""
