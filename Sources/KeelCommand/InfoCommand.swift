import ArgumentParser
import Foundation
import Keel

/// `keel info`: what this program computes with on this machine.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Print the version, the BLAS library and its kernels, threads, and the instruction set.")

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let facts = Facts()
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      try Terminal.print(String(decoding: encoder.encode(facts), as: UTF8.self) + "\n")
    } else {
      try Terminal.print(facts.text)
    }
  }

  /// What the command prints.
  struct Facts: Encodable {
    let version = Program.configuration.version
    let blas: String
    let blasVersion: String?
    let blasConfiguration: String?
    let kernelsChosen: String?
    let kernelsInUse: String?
    let kernelsDeserved: String?
    let kernelRepair: String
    let threads = Runtime.threads
    let blasThreads = Runtime.blasThreads
    let instructionSet = InstructionSet.current.description
    let instructionSetsAvailable = InstructionSet.available.map(\.description)
    let notices = Runtime.notices

    init() {
      let library = BLASLibrary.current
      blas = library.vendor.rawValue
      blasVersion = library.version
      blasConfiguration = library.configuration
      kernelsChosen = library.coreBefore
      kernelsInUse = library.coreInUse
      kernelsDeserved = library.coreDeserved
      kernelRepair = library.repairSummary
    }

    /// What results may depend on in their last digits: the numbers of threads are not among it.
    var libraryRows: [(String, String)] {
      [
        ("keel", version),
        ("BLAS", [blas, blasVersion ?? ""].joined(separator: " ").trimmingCharacters(in: .whitespaces)),
        ("kernels in use", kernelsInUse ?? "unknown"),
        ("kernels deserved", kernelsDeserved ?? "unknown"),
        ("kernel repair", kernelRepair),
        (
          "instruction set",
          "\(instructionSet) (available: \(instructionSetsAvailable.joined(separator: ", ")))"
        ),
      ]
    }

    var text: String {
      var rows = libraryRows
      rows.insert(
        ("threads", "\(threads) in Keel's loops, \(blasThreads) in BLAS outside of them"), at: rows.count - 1)
      return FactList.text(rows) + notices.map { "note: \($0)\n" }.joined()
    }
  }
}
