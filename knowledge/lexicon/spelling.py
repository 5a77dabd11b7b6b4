"""Nynorsk, dialect and hurried spellings, each with the Bokmål word it stands for.

A table of sounds and function words, not of topics: one line a Bokmål word, then how else it is written.
"""

from __future__ import annotations

_SAFE = 4
_TABLE = """
jeg: eg æ ej ek je jæi jei æg æi jæ
meg: mæ mei mæi mej mi
du: dø
deg: dæ dæi dej
vi: me mø vø
dere: dokker dokke dykk dåkk dåkker dokk døkk deko døkke dekka
dem: dei dæm døm dom di dæi demm
han: hannj hanj
hun: ho hu hoinn
seg: sæ sei sæi sej
min: minn mitt mi mine mett mijn mæn
din: dinn ditt di dine dett
sin: sitt sine
vår: vårt våre våras vaar våres vårres
hva: kva ka ke kæ kå va hå kvæ kaslags
hvordan: korleis koss kossen kordan korsn korsen hossen åssen hvorledes kolles kåssn kåssen hordan hvordn
    vordan kordann koleis hvordam håssen høssen
hvorfor: kvifor koffor korfor koffår kaffor kefor køffer hvorfår hvofor hofor åffer hoffer koffer vorfor
hvor: kor kvar hor kørr korr kvor hvår kvær vor hår kår
hvem: kven kem kæm hem vem kenn kånn
hvilken: kvafor hvilket hvilke kasse kaslags kvilken kvilke kafør kaffør
når: ner nårr katid nåti katti
hver: kver hvert kvart kvert kær
ikke: ikkje itj ittj ikkj ittje ikje inkje ikkeno kje ikk ittnå ittno ente inte ikki ikkji isje issje
noe: noko nåkka nokka nåe nåkke noge någe någo nogo nokke noen nokon nåkken nokre nån nåkkå nånn nokken nåkon
    någen noken nokkon
mye: mykje my møkje møe mykkje
mer: meir mær mere meire
flere: fleire fler fleir
litt: litte lite littegrann
bare: berre bærre bære bærra bar berr berra
også: òg au ög åsså osså
og: åg
er: e ær ære
var: va
være: vere værra vara ver vera vørr værre verra
har: ha he hi hakke
hadde: hadd hatt
bli: blir bi verte bler ble vart blei blitt vorte vert bliv
blir: bli vert bler bi
kan: kæin kainn kann kanj kain
kunne: kunna kunn konne kunnje
skal: ska skar
skulle: sku skolla skull skulla
vil: ve ville
må: måtte mo
få: får fer fær fao
få: faa
gjøre: gjere gjer gjør jør gjørra gjæra gjærra jørr gjorde jere jørra gjørr
gå: går gær gjekk gikk gaa
komme: kjem kjæm kåmme kommer kjemm komma kjømm kommar kjæmm kåm
si: seie seier sier sei sæi fortelje
fortelle: fortel fortell fortæll fårtell fortælja fortælle fortelja
se: sjå sje ser sjer sja
vite: veit vet veta væit vett
spørre: spørje spør spørra
finne: finn fijn finnje finna fænn
finnes: finst finns fins fijnnes
ta: tek tar tæk tæ
bruke: brukar bruker bruka brukæ nytte nyttar bruk
lage: lag laga lagar lager læge
lese: les lesa lesar
skrive: skriv skriva skriver
åpne: opne opnar åpner opna åpn opn
endre: endrar endra ændre
slette: slett slettar sletta slætt slætte
sette: sett set setje setta sætt sæt sætte sætta
legge: legg leggje legga læg lægg lægge leggja
vise: vis visa viser
hente: hent henta hentar hæint heint
sende: send senda sender sænn sænd senn
høre: høyre høyr hør høyra
hete: heite heiter heter hett hæite
hjelpe: hjelp hjelpa hjælp jelp hjølp hjælpe jelpe
huske: hugse hugs husk minnast hugsa
minne: minn minna mind påminn
trenge: treng trenger træng trengje trengt trenga trænge
ønske: ønskjer ynskjer ønsker ynskje ynskja
like: likar liker lika
begynne: byrje byrjar begynner begynn byrja
starte: start startar starter
slutte: slutt sluttar slutter
virke: verke verkar virker verka virka
bytte: byte byter bytter byta bytt
flytte: flytt flyttar flytter flytta
kjøpe: kjøper kjøp kjøpa kjøpt
lære: lær læra lærer læring
møte: møta møter
fra: frå ifra ifrå ifrao
til: te ti
på: pao po
med: mæ
av: tå
om: åm omm
for: førr fårr fø
før: førr føre
mot: mott
uten: utan uta utta utn
hos: hjå
gjennom: gjennem igjennom gjønno jønnom
inne: inni inna
ut: uut
opp: upp åpp
ned: ner
hjem: heim hjæm heimatt jem
hjemme: heime hemma
her: hær hen hera
der: dær derre dar
det: d de dæ dt
den: denn dennj
denne: dennje denna denhær
dette: detta ditte dæhær
disse: desse dissa
de: dei
da: då daa
nå: no nu
så: sao
hvis: viss vess dersom
fordi: avdi fårdi
eller: elle heller ell
en: ei eit eitt et
et: eit ett eitt
én: éin
to: tvo tåo
tre: tri
fire: fir
seks: sæks
sju: syv
åtte: ått
ti: tie
tjue: tyve tjugo
tretti: tredve
klokka: klokken klokko klokkå kl klåkka klåkken klokk klåkko
dag: dagen dagjen daag dagj
i dag: idag idagj
i morgen: imorgen imorgon imårra imorra imåro
morgen: morgon mårra morra mårn mårro måra morgan mårran morran mårgen
kveld: kveill kvell kvæll kvælden kvelden kvæld
natt: nått natta
uke: veke uka veka uken vekå veko vike væka væke ukå
måned: månad månaden måneden
år: åre året
neste: nest næste næst næsta nesta
siste: sist sisste sista
forrige: førre forrie førrige forige
første: fyrste fyrst fysst føsst føste
i går: igår
mandag: måndag månda manda måndan
tirsdag: tysdag tirsda tysda tirsdan
onsdag: onsda onsdan
torsdag: torsda tosdag torsdan
fredag: freda fredan
lørdag: laurdag lørda laurda lørdan
søndag: sønda sundag
ny: nye nytt nyt
gammel: gamal gammal gamle gammalt gamalt gammælt
god: go godt gode
stor: store stort
liten: lita lit'n
riktig: rikti
mulig: mogleg muleg
vanlig: vanleg vanli
hele: heile hel heil
alle: aille ale allje
alt: ailt allt
annen: anna andre annan annet andør
samme: same sama
sammen: saman samma i-lag ilag
egen: eigen eiga eige eget egne eigne
sent: seint seine sein
fort: fårt
fortsatt: framleis fremdeles fortsett enda ennå
alltid: bestandig
noensinne: nokosinne nokon gong
gang: gong gonger gangar ganger gång
kanskje: kansje kannsje
slik: sånn sånt slikt sånne sånnj
mellom: mellem mello
spørsmål: spm
person: personar personer
folk: fålk
kommune: kommuna kommunar kommuner kommunane kommunene kommunen
lenge: lenger lengje
mange: mang mangje mangen
skole: skule skulen skolen skola
bruker: brukar brukarar brukere
lærer: lærar lærarar lærere
ansatt: tilsett tilsette ansatte tilsatt
opplæring: opplæringa opplæringen
uhell: uheil
sak: saker saka saken
arbeid: arbeidet arbeide
jobb: jobben job jobba jobbe
vær: vêr været veret veer
melding: meldinga meldingen meldingar meldinger mæilling meilding melling
påminnelse: påminning påminninga påminnelsen påminnelsar påminnelser påminnelsan påminnelsa påmindelse
innstilling: innstillingar innstillinger instilling instillinger
forskjell: skilnad forskjellen skilnaden
veldig: svært veldi
selv: sjølv sjøl sjøll
tilgang: tilgjenge tilgangen tilgong
passord: passordet passor
løsning: løysing løysinga løysning
tjeneste: teneste tenester tjenester tenesta tjenesten
sikkerhet: tryggleik sikkerheit sikkerheten
personvern: personvernet
løyve: løyvet
kjenne: kjenn kjenner kjenna
snakke: snakk snakka snakkar prate prata
ring: ringje
spille: spel spill spele spæll spela spell spælle spiller spelar spæle speel
låt: låtten låta
sang: song songen sangen sanga sangjen
musikk: musikken mussikk
treg: treig træg treige
tregt: treigt trægt
"""


def _canonical() -> dict[str, str]:
    """Return spelling → Bokmål word, with the stand-ins for æøå; plain a and o only where four letters make it safe."""
    table: dict[str, str] = {}
    for line in _TABLE.replace("\n    ", " ").strip().splitlines():
        standard, _, spellings = line.partition(":")
        for spelling in spellings.split():
            table.setdefault(spelling, standard.replace(" ", ""))
    for spelling, standard in list(table.items()):
        table.setdefault(spelling.replace("å", "aa").replace("ø", "oe").replace("æ", "ae"), standard)
        if len(spelling) >= _SAFE:
            table.setdefault(spelling.replace("å", "a").replace("ø", "o").replace("æ", "ae"), standard)
    return table


STANDARD = _canonical()
"""Spelling, lower case → the Bokmål word it stands for. Not for English: "me" and "no" are other words there."""
