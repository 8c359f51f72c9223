// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/grammars.hpp"

namespace hyperlips::synth {
namespace {

constexpr Grammar kGrammars[] = {
    {"en",
     "{S} {V} {O}.|{T} {S} {V} {O} {P}.|{S} {V} {O}, and {N} {V} {O} {P}.|"
     "Why does {N} say that {S} {V} {O}?|Do you think that {S} {V} {O} {T}?|"
     "{N} bought {2} boxes of fish and {4} small buttons {P}.|"
     "In the year {4} {S} lived {P} with {2} geese.|Please tell {N} that {S} is waiting {P}.|"
     "When {S} {V} {O}, {N} laughs about it {T}.|I have never been {P}, but {N} {V} {O} there.|"
     "What a pity, {S} {V} {O} again!|{N} and {N} met {S} {P} {T}.|"
     "There were {2} of them, thick and thin, and {S} {V} {O}.|"
     "If the weather is bad {T}, {S} {V} {O} instead.",
     "{O}, please.|{T}, {P}.|{N} {V} {O}.|"
     "Good morning, {N}.|Is that you, {N}?|Maybe {T}.|Thank you very much!|My phone is broken.|"
     "Stop it, please.|That was fun.|{2} pounds, please.|Both of them?|Where is {N}?|Oh, how "
     "lovely!|"
     "You should go {P}.|Five, four, three, two, one.|Who would do such a thing?",
     "Bob|Emma|Thomas|Judith|Steve|Fiona|Mr. Moore|Mrs. Webb|Philip|Beth|George|Zoe|Charles|Olivia|"
     "Matthew|Sophie|Peter|Vivian",
     "the old fisherman|my neighbour's wife|a very small bird|this young woman|the new teacher|"
     "everybody in the village|the fat cat|our doctor|a famous painter|the man with the blue shirt|"
     "her youngest brother|nobody|the shop keeper|your father|the pilot|a boy from Oxford|"
     "the judge|that gentle giant",
     "buys|paints|loves|throws away|forgets|moves|brings back|washes|finds|breaks|pushes|carries|"
     "remembers|watches|chooses|shows us|borrows|measures",
     "a warm pair of shoes|the big wooden boat|both umbrellas|too much butter|an apple pie|"
     "the map of the moon|his father's watch|fresh vegetables|some beautiful music|three thumbs|"
     "a pound of plums|the yellow bicycle|every photograph|a cup of tea|the thirty-fifth chapter|"
     "my favourite jumper|the other half|a wooden spoon|old newspapers|five juicy oranges",
     "at the market|near the river|behind the church|in a tiny room|on the beach|under the bridge|"
     "in front of the museum|by the swimming pool|at home|above the clouds|outside the theatre|"
     "between two mountains|in the bathroom",
     "today|tomorrow morning|last Thursday|every other week|after lunch|at half past five|"
     "before the show|in February|sometimes|this evening|at the weekend|once in a blue moon"},
    {"de",
     "{S} {V} {O}.|{T} {V} {S} {O} {P}.|{S} {V} {O}, und {N} {V} {O} {P}.|"
     "Warum sagt {N}, hier wären {2} Pferde?|Glaubst du, {S} {V} {O}?|"
     "{N} hat {2} Äpfel und {4} Knöpfe {P} gekauft.|Im Jahr {4} lebte {N} {P}.|"
     "Sag bitte {N}, {S} wartet {P}.|Wie schade, {S} {V} schon wieder {O}!|"
     "{N} und {N} trafen sich {T} {P}.|Ich war noch nie {P}, aber {N} {V} dort {O}.",
     "{O}, bitte.|{T}, {P}.|{N} {V} {O}.|"
     "Guten Morgen, {N}.|Bist du das, {N}?|Vielleicht {T}.|Vielen Dank!|Mein Schuh ist kaputt.|"
     "Hör bitte auf.|Das macht Spaß.|{2} Euro, bitte.|Wo ist {N}?|Ach, wie schön!|"
     "Fünf, vier, drei, zwei, eins.|Wer macht denn so etwas?",
     "Uwe|Babette|Jürgen|Frau Müller|Herr Pfeiffer|Sophie|Thomas|Birgit|Felix|Monika|Günther|Maja|"
     "Philipp|Ute",
     "der alte Fischer|meine Nachbarin|ein kleiner Vogel|die junge Frau|unser Lehrer|"
     "das ganze Dorf|der dicke Kater|die Ärztin|ein berühmter Maler|niemand|der Bäcker|"
     "dein Vater|die Köchin|ein Junge aus Bochum|das Mädchen",
     "kauft|malt|liebt|vergisst|bringt|wäscht|findet|zerbricht|schiebt|trägt|sucht|beobachtet|"
     "zeigt|"
     "mag|öffnet",
     "ein warmes Hemd|das große Boot|beide Schirme|zu viel Butter|einen Apfelkuchen|"
     "die Karte vom Mond|frisches Gemüse|schöne Musik|zwölf Pflaumen|das gelbe Fahrrad|"
     "jedes Foto|eine Tasse Tee|das fünfte Kapitel|einen Löffel|alte Zeitungen|süße Früchte|"
     "das Schwein|neue Möbel",
     "auf dem Markt|am Fluss|hinter der Kirche|im Badezimmer|am Strand|unter der Brücke|"
     "vor dem Museum|zu Hause|über den Wolken|im Büro|zwischen zwei Bergen",
     "heute|morgen früh|am Donnerstag|jede Woche|nach dem Mittagessen|um halb fünf|manchmal|"
     "im Februar|gegen Abend|am Wochenende|übermorgen"},
    {"fr",
     "{S} {V} {O}.|{T}, {S} {V} {O} {P}.|{S} {V} {O}, et {N} {V} {O} {P}.|"
     "Pourquoi {N} dit que {S} {V} {O} ?|Est-ce que {S} {V} {O} {T} ?|"
     "{N} a acheté {2} pommes et {4} boutons {P}.|En {4}, {N} habitait {P}.|"
     "Dis à {N} que {S} attend {P}.|Quel dommage, {S} {V} encore {O} !|"
     "{N} et {N} se sont vus {P} {T}.|Je n'ai jamais été {P}, mais {N} {V} {O} là-bas.",
     "{O}, s'il vous plaît.|{T}, {P}.|{N} {V} {O}.|"
     "Bonjour, {N}.|C'est toi, {N} ?|Peut-être {T}.|Merci beaucoup !|Ma voiture est en panne.|"
     "Arrête, s'il te plaît.|C'était chouette.|{2} euros, s'il vous plaît.|Où est {N} ?|"
     "Oh, comme c'est beau !|Cinq, quatre, trois, deux, un.|Qui ferait une chose pareille ?",
     "Baptiste|Émilie|Thibault|Jules|Madame Moreau|Monsieur Faure|Sophie|Paul|Véronique|Zoé|Hugo|"
     "Juliette|Olivier",
     "le vieux pêcheur|ma voisine|un petit oiseau|cette jeune femme|notre professeur|"
     "tout le village|le gros chat|le médecin|un peintre célèbre|personne d'autre|le boulanger|"
     "ton père|le pilote|un garçon de Bordeaux|la chanteuse",
     "achète|peint|aime|oublie|apporte|lave|trouve|casse|pousse|porte|cherche|regarde|montre|"
     "choisit|ouvre",
     "un pull bien chaud|le grand bateau|deux parapluies|trop de beurre|une tarte aux pommes|"
     "la carte de la lune|des légumes frais|une belle musique|douze prunes|le vélo jaune|"
     "chaque photo|une tasse de thé|le cinquième chapitre|un bon vin blanc|les vieux journaux|"
     "du fromage|des feuilles mortes|beaucoup de choses",
     "au marché|près du fleuve|derrière l'église|dans une petite chambre|à la plage|sous le pont|"
     "devant le musée|à la maison|au-dessus des nuages|au bureau|entre deux montagnes",
     "aujourd'hui|demain matin|jeudi dernier|chaque semaine|après le déjeuner|à cinq heures et "
     "demie|"
     "parfois|en février|ce soir|le week-end|avant le spectacle"},
    {"es",
     "{S} {V} {O}.|{T} {S} {V} {O} {P}.|{S} {V} {O}, y {N} {V} {O} {P}.|"
     "¿Por qué dice {N} que {S} {V} {O}?|¿Crees que {S} {V} {O} {T}?|"
     "{N} compró {2} manzanas y {4} botones {P}.|En el año {4}, {N} vivía {P}.|"
     "Dile a {N} que {S} espera {P}.|¡Qué pena, {S} {V} otra vez {O}!|"
     "{N} y {N} se vieron {P} {T}.|Nunca he estado {P}, pero {N} {V} {O} allí.",
     "{O}, por favor.|{T}, {P}.|{N} {V} {O}.|"
     "Buenos días, {N}.|¿Eres tú, {N}?|Quizás {T}.|¡Muchas gracias!|Mi coche no funciona.|"
     "Para, por favor.|Fue divertido.|{2} euros, por favor.|¿Dónde está {N}?|¡Qué bonito!|"
     "Cinco, cuatro, tres, dos, uno.|¿Quién haría una cosa así?",
     "Pablo|Emilia|Tomás|Julia|La señora Muñoz|Don Felipe|Sofía|Beatriz|Javier|Chelo|Víctor|Fátima",
     "el viejo pescador|mi vecina|un pájaro pequeño|esta joven|nuestro profesor|todo el pueblo|"
     "el gato gordo|la doctora|un pintor famoso|nadie más|el panadero|tu padre|la cocinera|"
     "un chico de Bilbao|el zapatero",
     "compra|pinta|busca|olvida|trae|lava|encuentra|rompe|empuja|lleva|mira|muestra|elige|abre|"
     "recoge",
     "un jersey muy grueso|el barco grande|los dos paraguas|mucha mantequilla|"
     "una tarta de manzana|el mapa de la luna|verduras frescas|una música preciosa|doce ciruelas|"
     "la bicicleta amarilla|cada foto|una taza de té|el quinto capítulo|una cuchara|"
     "periódicos viejos|unos zapatos nuevos|chocolate con churros",
     "en el mercado|cerca del río|detrás de la iglesia|en el baño|en la playa|bajo el puente|"
     "frente al museo|en casa|sobre las nubes|en la oficina|entre dos montañas",
     "hoy|mañana temprano|el jueves pasado|cada semana|después de comer|a las cinco y media|"
     "a veces|en febrero|esta noche|los fines de semana|antes del baile"},
    {"it",
     "{S} {V} {O}.|{T} {S} {V} {O} {P}.|{S} {V} {O}, e {N} {V} {O} {P}.|"
     "Perché {N} dice che {S} {V} {O}?|Pensi che {N} abbia visto {O} {T}?|"
     "{N} ha comprato {2} mele e {4} bottoni {P}.|Nel {4}, {N} viveva {P}.|"
     "Di' a {N} che {S} aspetta {P}.|Che peccato, {S} {V} di nuovo {O}!|"
     "{N} e {N} si sono visti {P} {T}.|Non sono mai stato {P}, ma {N} {V} {O} laggiù.",
     "{O}, per favore.|{T}, {P}.|{N} {V} {O}.|"
     "Buongiorno, {N}.|Sei tu, {N}?|Forse {T}.|Grazie mille!|La mia macchina è rotta.|"
     "Smettila, per favore.|È stato bello.|{2} euro, per favore.|Dov'è {N}?|Ma che meraviglia!|"
     "Cinque, quattro, tre, due, uno.|Chi farebbe una cosa simile?",
     "Paolo|Emma|Tommaso|Giulia|La signora Bianchi|Filippo|Sofia|Beatrice|Giovanni|Chiara|Ugo|"
     "Vittoria",
     "il vecchio pescatore|la mia vicina|un piccolo uccello|questa ragazza|il nostro maestro|"
     "tutto il paese|il gatto grasso|la dottoressa|un pittore famoso|il fornaio|tuo padre|"
     "la cuoca|un ragazzo di Bologna|il pilota",
     "compra|dipinge|ama|dimentica|porta|lava|trova|rompe|spinge|cerca|guarda|mostra|sceglie|apre|"
     "conosce",
     "un bel paio di scarpe|la barca grande|due ombrelli|troppo burro|una torta di mele|"
     "la mappa della luna|verdura fresca|una musica bellissima|dodici prugne|la bicicletta gialla|"
     "ogni fotografia|una tazza di tè|il quinto capitolo|un cucchiaio|i vecchi giornali|"
     "gli gnocchi al pomodoro|sciarpe di lana",
     "al mercato|vicino al fiume|dietro la chiesa|in bagno|sulla spiaggia|sotto il ponte|"
     "davanti al museo|a casa|sopra le nuvole|in ufficio|fra due montagne",
     "oggi|domani mattina|giovedì scorso|ogni settimana|dopo pranzo|alle cinque e mezza|a volte|"
     "in febbraio|stasera|nel fine settimana|prima dello spettacolo"},
    {"pt",
     "{S} {V} {O}.|{T} {S} {V} {O} {P}.|{S} {V} {O}, e {N} {V} {O} {P}.|"
     "Por que diz {N} que {S} {V} {O}?|Achas que {S} {V} {O} {T}?|"
     "{N} comprou {2} laranjas e {4} botões {P}.|No ano {4}, {N} vivia {P}.|"
     "Diz a {N} que {S} espera {P}.|Que pena, {S} {V} outra vez {O}!|"
     "{N} e {N} encontraram-se {P} {T}.|Nunca estive {P}, mas {N} {V} {O} lá.",
     "{O}, por favor.|{T}, {P}.|{N} {V} {O}.|"
     "Bom dia, {N}.|És tu, {N}?|Talvez {T}.|Muito obrigado!|O meu sapato está roto.|Para, por "
     "favor.|"
     "Foi divertido.|{2} euros, por favor.|Onde está {N}?|Que bonito!|"
     "Cinco, quatro, três, dois, um.|Quem faria uma coisa dessas?",
     "Paulo|Emília|Tomás|Júlia|A senhora Magalhães|Filipe|Sofia|Beatriz|João|Vitória|Hugo|Xavier",
     "o velho pescador|a minha vizinha|um pássaro pequeno|esta jovem|o nosso professor|"
     "toda a aldeia|o gato gordo|a médica|um pintor famoso|mais ninguém|o padeiro|o teu pai|"
     "a cozinheira|um rapaz do Porto",
     "compra|pinta|ama|esquece|traz|lava|encontra|parte|empurra|leva|procura|olha para|mostra|"
     "escolhe|abre",
     "uma camisola quente|o barco grande|os dois chapéus|muita manteiga|uma torta de maçã|"
     "o mapa da lua|legumes frescos|uma música bonita|doze ameixas|a bicicleta amarela|"
     "cada fotografia|uma chávena de chá|o quinto capítulo|uma colher|jornais velhos|pão com "
     "queijo",
     "no mercado|perto do rio|atrás da igreja|na casa de banho|na praia|debaixo da ponte|"
     "em frente ao museu|em casa|sobre as nuvens|no escritório|entre duas montanhas",
     "hoje|amanhã de manhã|na quinta-feira|todas as semanas|depois do almoço|às cinco e meia|"
     "às vezes|em fevereiro|esta noite|ao fim de semana|antes do jogo"},
    {"nl",
     "{S} {V} {O}.|{T} {V} {S} {O} {P}.|{S} {V} {O}, en {N} {V} {O} {P}.|"
     "Waarom zegt {N}: {S} {V} {O}?|Denk je dat {N} {T} {P} is?|"
     "{N} heeft {2} appels en {4} knopen {P} gekocht.|In het jaar {4} woonde {N} {P}.|"
     "Zeg tegen {N}: {S} wacht {P}.|Wat jammer, {S} {V} alweer {O}!|"
     "{N} en {N} zagen elkaar {T} {P}.|Ik ben nooit {P} geweest, maar {N} {V} daar {O}.",
     "{O}, alstublieft.|{T}, {P}.|{N} {V} {O}.|"
     "Goedemorgen, {N}.|Ben jij het, {N}?|Misschien {T}.|Dank je wel!|Mijn fiets is kapot.|"
     "Hou op, alsjeblieft.|Dat was leuk.|{2} euro, alstublieft.|Waar is {N}?|O, wat mooi!|"
     "Vijf, vier, drie, twee, een.|Wie doet nou zoiets?",
     "Bart|Emma|Thijs|Marijke|Mevrouw de Vries|Meneer Visser|Sjoerd|Femke|Pieter|Guus|Wouter|Jet",
     "de oude visser|mijn buurvrouw|een kleine vogel|die jonge vrouw|onze leraar|het hele dorp|"
     "de dikke kat|de dokter|een beroemde schilder|niemand|de bakker|je vader|de kok|"
     "een jongen uit Gouda|het meisje",
     "koopt|schildert|vergeet|brengt|wast|vindt|breekt|duwt|draagt|zoekt|bekijkt|toont|kiest|opent|"
     "houdt",
     "een warme trui|de grote boot|beide paraplu's|te veel boter|een appeltaart|"
     "de kaart van de maan|verse groente|mooie muziek|twaalf pruimen|de gele fiets|elke foto|"
     "een kop thee|het vijfde hoofdstuk|een lepel|oude kranten|zoute haring|nieuwe schoenen",
     "op de markt|bij de rivier|achter de kerk|in de badkamer|op het strand|onder de brug|"
     "voor het museum|thuis|boven de wolken|op kantoor|tussen twee bergen",
     "vandaag|morgenvroeg|op donderdag|elke week|na de lunch|om half vijf|soms|in "
     "februari|vanavond|"
     "in het weekend|overmorgen"},
    {"pl",
     "{S} {V} {O}.|{T} {S} {V} {O} {P}.|{S} {V} {O}, a {N} {V} {O} {P}.|"
     "Dlaczego {N} mówi, że {S} {V} {O}?|Czy {S} {V} {O} {T}?|"
     "{N} ma {2} jabłek i {4} guzików {P}.|W roku {4} mieszka tam {N}.|"
     "Powiedz, że {S} czeka {P}.|Jaka szkoda, {S} znowu {V} {O}!|{N} i {N} są {P} {T}.",
     "{O}, proszę.|{T}, {P}.|{N} {V} {O}.|"
     "Dzień dobry, {N}.|Czy to ty, {N}?|Może {T}.|Dziękuję bardzo!|Mój but jest zepsuty.|"
     "Przestań, proszę.|To było fajne.|{2} złotych, proszę.|Gdzie jest {N}?|Och, jak pięknie!|"
     "Pięć, cztery, trzy, dwa, jeden.|Kto by zrobił coś takiego?",
     "Paweł|Ewa|Tomasz|Małgorzata|Pani Wiśniewska|Filip|Zofia|Barbara|Grzegorz|Julia|Hubert|Wojtek",
     "stary rybak|moja sąsiadka|mały ptak|ta młoda kobieta|nasz nauczyciel|cała wieś|gruby kot|"
     "ta lekarka|sławny malarz|piekarz|twój ojciec|kucharka|chłopak z Poznania|kierowca",
     "kupuje|maluje|lubi|pamięta|przynosi|myje|widzi|psuje|pcha|nosi|ogląda|pokazuje|wybiera|"
     "otwiera|bierze",
     "ciepły sweter|duży statek|oba parasole|masło i chleb|ciasto z jabłkami|mapę księżyca|"
     "świeże warzywa|piękne obrazy|dwanaście śliwek|żółty rower|każde zdjęcie|kubek herbaty|"
     "piąty rozdział|łyżkę|stare gazety|nowe buty|sześć pierogów",
     "na rynku|nad rzeką|za kościołem|w łazience|na plaży|pod mostem|przed muzeum|w domu|"
     "nad chmurami|w biurze|między górami",
     "dzisiaj|jutro rano|w czwartek|co tydzień|po obiedzie|o piątej|czasami|w lutym|wieczorem|"
     "w weekend|pojutrze"},
    {"ru",
     "{S} {V} {O}.|{T} {S} {V} {O} {P}.|{S} {V} {O}, а {N} {V} {O} {P}.|"
     "Почему {N} говорит, что {S} {V} {O}?|Правда, что {S} {V} {O} {T}?|"
     "У соседа {2} яблок и {4} пуговиц.|В {4} году здесь жил {N}.|"
     "Скажи, что {S} ждёт {P}.|Как жаль, {S} опять {V} {O}!|{N} и {N} были {P} {T}.",
     "{O}, пожалуйста.|{T}, {P}.|{N} {V} {O}.|"
     "Доброе утро, {N}.|Это ты, {N}?|Может быть, {T}.|Большое спасибо!|Мой телефон сломан.|"
     "Перестань, пожалуйста.|Было весело.|{2} рублей, пожалуйста.|Где {N}?|Ах, как красиво!|"
     "Пять, четыре, три, два, один.|Кто бы мог это сделать?",
     "Павел|Эмма|Фёдор|Жанна|Юлия|Борис|Софья|Виктор|Зоя|Игорь|Ульяна|Михаил",
     "старый рыбак|моя соседка|маленькая птица|эта девушка|наш учитель|вся деревня|толстый кот|"
     "хороший врач|известный художник|пекарь|твой отец|повар|мальчик из Омска",
     "покупает|рисует|любит|забывает|приносит|моет|находит|ломает|толкает|носит|ищет|смотрит|"
     "выбирает|открывает|бережёт",
     "тёплый свитер|большой пароход|оба зонта|много масла|яблочный пирог|карту луны|"
     "свежие овощи|красивые вещи|двенадцать слив|жёлтый велосипед|чашку чая|пятую главу|ложку|"
     "старые газеты|новые ботинки|щи с мясом",
     "на рынке|у реки|за церковью|в ванной|на пляже|под мостом|перед музеем|дома|над облаками|"
     "в бюро|между горами",
     "сегодня|завтра утром|в четверг|каждую неделю|после обеда|в половине пятого|иногда|"
     "в феврале|вечером|по выходным|послезавтра"},
    {"tr",
     "{S} {O} {V}.|{T} {S} {P} {O} {V}.|{S} {O} {V}, {N} ise {P} {O} {V}.|"
     "Neden {S} {O} {V}?|Sence {S} {T} {O} {V} mi?|{N} {P} {2} elma ve {4} düğme aldı.|"
     "{4} yılında {N} {P} yaşadı.|Ne yazık, {S} yine {O} {V}!|{N} ile {N} {T} {P} buluştu.",
     "{O}, lütfen.|{T}, {P}.|{N} {O} {V}.|"
     "Günaydın, {N}.|Sen misin, {N}?|Belki {T}.|Çok teşekkürler!|Ayakkabım bozuldu.|Dur, lütfen.|"
     "Çok eğlenceliydi.|{2} lira, lütfen.|{N} nerede?|Ah, ne güzel!|Beş, dört, üç, iki, bir.|"
     "Böyle bir şeyi kim yapar?",
     "Mehmet|Elif|Burak|Ayşe Hanım|Fatma|Zeynep|Çağlar|Yusuf|Özlem|Pınar|Umut|Vedat",
     "yaşlı balıkçı|benim komşum|küçük bir kuş|genç kadın|öğretmenimiz|bütün köy|şişman kedi|"
     "doktor|ünlü bir ressam|fırıncı|baban|aşçı|Bursa'dan bir çocuk|pilot",
     "alıyor|boyuyor|seviyor|unutuyor|getiriyor|yıkıyor|buluyor|kırıyor|itiyor|taşıyor|arıyor|"
     "gösteriyor|seçiyor|açıyor",
     "sıcak bir kazak|büyük gemiyi|iki şemsiye|çok fazla tereyağı|elmalı pasta|ay haritasını|"
     "taze sebzeleri|güzel bir müzik|on iki erik|sarı bisikleti|her fotoğrafı|bir bardak çay|"
     "beşinci bölümü|tahta kaşığı|eski gazeteleri|yeni ayakkabıları",
     "pazarda|nehrin yanında|caminin arkasında|banyoda|kumsalda|köprünün altında|müzenin önünde|"
     "evde|bulutların üstünde|ofiste|iki dağın arasında",
     "bugün|yarın sabah|perşembe günü|her hafta|öğle yemeğinden sonra|saat beşte|bazen|şubatta|"
     "bu akşam|hafta sonu|gösteriden önce"},
    {"sv",
     "{S} {V} {O}.|{T} {V} {S} {O} {P}.|{S} {V} {O}, och {N} {V} {O} {P}.|"
     "Varför säger {N} att {S} {V} {O}?|Tror du att {S} {V} {O} {T}?|"
     "{N} köpte {2} äpplen och {4} knappar {P}.|År {4} bodde {N} {P}.|"
     "Säg till {N} att {S} väntar {P}.|Så synd, {S} {V} {O} igen!|{N} och {N} sågs {P} {T}.|"
     "Jag har aldrig varit {P}, men {N} {V} {O} där.",
     "{O}, tack.|{T}, {P}.|{N} {V} {O}.|"
     "God morgon, {N}.|Är det du, {N}?|Kanske {T}.|Tack så mycket!|Min cykel är trasig.|Sluta, "
     "snälla.|"
     "Det var roligt.|{2} kronor, tack.|Var är {N}?|Åh, så vackert!|Fem, fyra, tre, två, ett.|"
     "Vem skulle göra något sådant?",
     "Björn|Emma|Fredrik|Fru Persson|Sofia|Gustav|Maja|Viktor|Birgitta|Hugo|Åsa|Ulf",
     "den gamla fiskaren|min granne|en liten fågel|den unga kvinnan|vår lärare|hela byn|"
     "den feta katten|läkaren|en berömd målare|ingen|bagaren|din pappa|kocken|"
     "en pojke från Umeå|flickan",
     "köper|målar|älskar|glömmer|hämtar|tvättar|hittar|skjuter|bär|söker|visar|väljer|öppnar|ser|"
     "minns",
     "en varm tröja|den stora båten|båda paraplyerna|för mycket smör|en äppelpaj|månens karta|"
     "färska grönsaker|vacker musik|tolv plommon|den gula cykeln|varje fotografi|en kopp te|"
     "femte kapitlet|en träsked|gamla tidningar|sju skjortor|nya skor",
     "på torget|vid floden|bakom kyrkan|i badrummet|på stranden|under bron|framför museet|hemma|"
     "ovanför molnen|på kontoret|mellan två berg",
     "idag|i morgon bitti|på torsdag|varje vecka|efter lunch|klockan halv fem|ibland|i februari|"
     "i kväll|på helgen|före föreställningen"},
};

}  // namespace

std::span<const Grammar> grammars() { return kGrammars; }

}  // namespace hyperlips::synth
