import CReference
import Foundation
import Keel
import Workloads

/// Times Keel on request. Each line of input is a command, each answer one line:
///
///     info                  a JSON object about this process
///     list                  the names of the workloads, separated by spaces
///     time NAME COUNT       seconds of CPU time that one of COUNT repetitions took
///     wall NAME COUNT       the same by the clock on the wall, for work on several threads
///     deviation NAME        the largest difference of a result from its definition, or `unknown`
///     forget NAME           frees the memory of a workload; answers `done`
///
/// The inputs of a workload are made before its first timing and kept until it is forgotten. Errors are
/// answered with `error` and a sentence.
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
      case ("time", 3), ("wall", 3):
        guard let count = Int(words[2]), count > 0 else { return "error COUNT must be a positive number" }
        return "\(try time(words[1], count, by: words[0] == "wall" ? wallSeconds : reference_cpu_seconds))"
      case ("deviation", 2):
        return try workload(words[1]).deviation.map { "\(try $0())" } ?? "unknown"
      case ("forget", 2):
        bodies[words[1]] = nil
        return "done"
      default: return "error unknown command \(words.joined(separator: " "))"
      }
    } catch {
      return "error \(error)"
    }
  }

  private mutating func time(_ name: String, _ count: Int, by seconds: () -> Double) throws -> Double {
    let body = try bodies[name] ?? prepare(name)
    let start = seconds()
    sum += try body(count)
    return (seconds() - start) / Double(count)
  }

  private mutating func prepare(_ name: String) throws -> Workload.Body {
    let body = try workload(name).prepare()
    bodies[name] = body
    return body
  }

  private func workload(_ name: String) throws -> Workload {
    guard let workload = Workload.all.first(where: { $0.name == name }) else { throw Unknown(name: name) }
    return workload
  }

  private func wallSeconds() -> Double { 1e-9 * Double(DispatchTime.now().uptimeNanoseconds) }
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
