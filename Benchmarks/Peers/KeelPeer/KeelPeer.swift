import CReference
import Foundation
import Keel
import Workloads

/// Times Keel on request. Each line of input is a command, each answer one line:
///
///     info                  a JSON object about this process
///     list                  the names of the workloads, separated by spaces
///     time NAME COUNT       seconds of CPU time that one of COUNT repetitions took
///
/// The inputs of a workload are made once, before its first timing. Errors are answered with
/// `error` and a sentence.
@main
struct KeelPeer {
  private var bodies: [String: Workload.Body] = [:]
  /// Keeps the results of the work in use.
  private var sum = 0.0

  static func main() {
    Workload.useOneThread()
    var peer = KeelPeer()
    while let line = readLine() {
      print(peer.answer(line.split(separator: " ").map(String.init)))
      fflush(nil)
    }
  }

  private mutating func answer(_ words: [String]) -> String {
    do {
      switch (words.first, words.count) {
      case ("info", 1): return try Information().line()
      case ("list", 1): return Workload.all.map(\.name).joined(separator: " ")
      case ("time", 3):
        guard let count = Int(words[2]), count > 0 else { return "error COUNT must be a positive number" }
        return "\(try time(words[1], count))"
      default: return "error unknown command \(words.joined(separator: " "))"
      }
    } catch {
      return "error \(error)"
    }
  }

  private mutating func time(_ name: String, _ count: Int) throws -> Double {
    let body = try bodies[name] ?? prepare(name)
    let start = reference_cpu_seconds()
    sum += try body(count)
    return (reference_cpu_seconds() - start) / Double(count)
  }

  private mutating func prepare(_ name: String) throws -> Workload.Body {
    guard let workload = Workload.all.first(where: { $0.name == name }) else { throw Unknown(name: name) }
    let body = try workload.prepare()
    bodies[name] = body
    return body
  }
}

private struct Unknown: Error, CustomStringConvertible {
  let name: String
  var description: String { "there is no workload \(name)" }
}

/// What a reader of the figures needs to know about this process.
private struct Information: Encodable {
  let library = "\(BLASLibrary.current)"
  let core = BLASLibrary.current.coreInUse ?? "unknown"
  let deserved = BLASLibrary.current.coreDeserved ?? "unknown"
  let repair = BLASLibrary.current.repairSummary
  let instructionSet = "\(InstructionSet.current)"
  let threads = Runtime.threads
  let blasThreads = Runtime.blasThreads
  let amounts = Dictionary(uniqueKeysWithValues: Workload.all.map { ($0.name, $0.amount) })
  let units = Dictionary(uniqueKeysWithValues: Workload.all.map { ($0.name, $0.unit.rawValue) })

  func line() throws -> String {
    String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
  }
}
