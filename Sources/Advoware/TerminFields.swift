/// The fields of a Termin that mean something to us, in the spelling that we use where none was read.
enum TerminField: String {
    case frNr, zuletztGeaendertAm, sb, anwalt, vorbereitungsDauer, privat
    case datum, datumBis, uhrzeitVon, uhrzeitBis, dauertermin, turnus, turnusArt
    case text, notiz, ort
    /// Ticks of 100 ns that override `uhrzeitBis` when they are sent back.
    case uhrzeitBisTicks

    /// Earlier years are no dates but .NET's way to say that there is none (0001-01-01).
    static let firstYear = 1900
}
