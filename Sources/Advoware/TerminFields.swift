/// The fields of a Termin that mean something to us, in the spelling that we use where none was read.
enum TerminField: String {
    case frNr, zuletztGeaendertAm, sb, anwalt, vorbereitungsDauer, privat
    case datum, datumBis, uhrzeitVon, uhrzeitBis, dauertermin, abwesenheit, turnus, turnusArt
    case text, notiz, ort
    /// Ticks of 100 ns that override `uhrzeitBis` when they are sent back.
    case uhrzeitBisTicks
}
