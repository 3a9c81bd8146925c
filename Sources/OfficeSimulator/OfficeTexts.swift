/// The words of a German law office: enough to look real, with everything that breaks careless programs (umlauts, quotes, commas, emoji).
enum OfficeTexts {
    static let employees: [(kuerzel: String, vorname: String, name: String)] = [
        ("SB", "Sabine", "Brandt"), ("AI", "Aylin", "Işık"), ("RO", "Robert", "Oßwald"), ("MH", "Marie-Luise", "Hübner"),
        ("ÄK", "Änne", "Köster"),
        ("JW", "Jürgen", "Weiß"), ("PL", "Paul", "Lehmann"), ("TF", "Theresa", "Fröhlich"), ("CN", "Cem", "Nowak"), ("DG", "Dörte", "Groß"),
    ]
    static let clients = [
        "Müller", "Schäfer GmbH", "Öztürk", "von Bülow", "Weiß & Söhne KG", "Krüger", "O'Brien", "Straßenbau Nord AG", "Yılmaz", "Jäger",
        "Erbengemeinschaft Böhm", "Kaffeerösterei \"Zur Mühle\"",
    ]
    static let courts = [
        "Amtsgericht Köln", "Landgericht München I", "Arbeitsgericht Düsseldorf", "Amtsgericht Würzburg", "Oberlandesgericht Nürnberg",
        "Verwaltungsgericht Göttingen", "Familiengericht Lübeck", "Sozialgericht Gießen",
    ]
    static let streets = ["Luxemburger Straße 101", "Prielmayerstraße 7", "Königsallee 60 a", "Am Gänsbrünnlein 3", "Fürther Straße 110"]
    static let hearings = ["Gütetermin", "mündliche Verhandlung", "Beweisaufnahme", "Verkündungstermin", "Fortsetzungstermin"]
    static let meetings = ["Besprechung", "Erstberatung", "Telefonat", "Videokonferenz", "Vertragsprüfung", "Rückruf"]
    static let deadlines = ["Frist Berufungsbegründung", "Frist Klageerwiderung", "Vorfrist Stellungnahme", "Verjährung prüfen"]
    static let away = ["Urlaub", "Fortbildung Fachanwalt", "Elternzeit", "Deutscher Anwaltstag", "Dienstreise Brüssel"]
    static let rooms = ["Besprechungsraum 1", "Besprechungsraum Süd", "Büro", "", "", "online"]
    static let notes = [
        "", "", "Unterlagen mitbringen:\r\n- Vollmacht\r\n- Kaufvertrag", "Mandant erscheint persönlich.",
        "Gegner: RA Dr. Gößmann; Az. beachten!",
        "bitte vorher anrufen ☎️ 0221/12345", "Akte liegt im Sekretariat 📁\r\n\r\nRückfragen an Änne", "€ 1.250,00 Vorschuss angefordert",
        "Parkplatz <Hof>, Einfahrt \"Süd\" & Schranke",
    ]
    static let weekly = ["Jour fixe", "Teambesprechung", "Wiedervorlagen", "Sprechstunde"]
    static let daily = ["Postbesprechung", "beA prüfen"]
    static let monthly = ["Abrechnung", "Partnerrunde", "Fristenkontrolle"]
    static let yearly = ["Geburtstag Mandant", "Kanzleijubiläum 🎉", "Jahresabschluss"]
}
