import CKernels
import Foundation
import Testing

@testable import Keel

/// One row of the decision: a situation, and what is right in it.
struct RepairCase: Sendable, CustomTestStringConvertible {
  var core: String?
  var features: Int
  var version: CInt = 321
  var canSwitch = true
  var coretypeIsSet = false
  var optedOut = false
  var outcome: Int
  var deserved: String?

  var testDescription: String {
    "\(core ?? "no core"), features \(features), version \(version), switch \(canSwitch), "
      + "set \(coretypeIsSet), opted out \(optedOut)"
  }
}

@Suite("Repair of the BLAS kernel set")
struct BLASRepairTests {
  static let avx2 = KEEL_CPU_AVX2 | KEEL_CPU_FMA
  static let avx512 = avx2 | KEEL_CPU_AVX512_COMPLETE

  static let cases: [RepairCase] = [
    // Weaker than the CPU: repaired.
    RepairCase(core: "Prescott", features: avx512, outcome: KEEL_BLAS_DUE, deserved: "SkylakeX"),
    RepairCase(core: "prescott", features: avx512, outcome: KEEL_BLAS_DUE, deserved: "SkylakeX"),
    RepairCase(core: "Prescott", features: avx2, outcome: KEEL_BLAS_DUE, deserved: "Haswell"),
    RepairCase(core: "Sandybridge", features: avx512, outcome: KEEL_BLAS_DUE, deserved: "SkylakeX"),
    RepairCase(core: "Haswell", features: avx512, outcome: KEEL_BLAS_DUE, deserved: "SkylakeX"),
    RepairCase(core: "Zen", features: avx512, outcome: KEEL_BLAS_DUE, deserved: "SkylakeX"),
    RepairCase(core: "Barcelona", features: avx2, outcome: KEEL_BLAS_DUE, deserved: "Haswell"),
    // Old or unknown versions are not trusted with AVX-512.
    RepairCase(
      core: "Prescott", features: avx512, version: 320, outcome: KEEL_BLAS_DUE, deserved: "Haswell"),
    RepairCase(
      core: "Prescott", features: avx512, version: 0, outcome: KEEL_BLAS_DUE, deserved: "Haswell"),
    RepairCase(
      core: "Haswell", features: avx512, version: 320, outcome: KEEL_BLAS_ADEQUATE, deserved: "Haswell"),
    RepairCase(
      core: "Prescott", features: avx512, version: 10000, outcome: KEEL_BLAS_DUE, deserved: "SkylakeX"),
    // An incomplete AVX-512, and AVX2 without FMA, do not count.
    RepairCase(
      core: "Prescott", features: avx512 & ~KEEL_CPU_AVX512DQ, outcome: KEEL_BLAS_DUE, deserved: "Haswell"),
    RepairCase(
      core: "Prescott", features: KEEL_CPU_AVX2, outcome: KEEL_BLAS_ADEQUATE, deserved: "Prescott"),
    // As good as the CPU, or better than this code knows.
    RepairCase(core: "SkylakeX", features: avx512, outcome: KEEL_BLAS_ADEQUATE, deserved: "SkylakeX"),
    RepairCase(core: "Cooperlake", features: avx512, outcome: KEEL_BLAS_ADEQUATE, deserved: "Cooperlake"),
    RepairCase(
      core: "SapphireRapids", features: avx512, outcome: KEEL_BLAS_ADEQUATE, deserved: "SapphireRapids"),
    RepairCase(core: "Zen", features: avx2, outcome: KEEL_BLAS_ADEQUATE, deserved: "Zen"),
    RepairCase(core: "Haswell", features: avx2, outcome: KEEL_BLAS_ADEQUATE, deserved: "Haswell"),
    RepairCase(core: "Nehalem", features: 0, outcome: KEEL_BLAS_ADEQUATE, deserved: "Nehalem"),
    RepairCase(core: "neoversen1", features: 0, outcome: KEEL_BLAS_UNKNOWN_CORE, deserved: nil),
    RepairCase(core: "Somelake", features: avx512, outcome: KEEL_BLAS_UNKNOWN_CORE, deserved: nil),
    // The user has decided.
    RepairCase(
      core: "Prescott", features: avx512, coretypeIsSet: true, outcome: KEEL_BLAS_USER_CHOICE,
      deserved: "SkylakeX"),
    RepairCase(
      core: "Prescott", features: avx512, optedOut: true, outcome: KEEL_BLAS_OPTED_OUT,
      deserved: "SkylakeX"),
    RepairCase(
      core: "Prescott", features: avx512, coretypeIsSet: true, optedOut: true,
      outcome: KEEL_BLAS_USER_CHOICE, deserved: "SkylakeX"),
    RepairCase(
      core: "SkylakeX", features: avx512, optedOut: true, outcome: KEEL_BLAS_ADEQUATE, deserved: "SkylakeX"),
    // Nothing to act on.
    RepairCase(core: nil, features: avx512, outcome: KEEL_BLAS_NOT_OPENBLAS, deserved: nil),
    RepairCase(
      core: nil, features: avx512, canSwitch: false, outcome: KEEL_BLAS_NOT_OPENBLAS, deserved: nil),
    RepairCase(
      core: "Prescott", features: avx512, canSwitch: false, outcome: KEEL_BLAS_FIXED_KERNELS,
      deserved: "SkylakeX"),
  ]

  @Test("The decision follows the table", arguments: cases)
  func decision(_ row: RepairCase) {
    var deserved: UnsafePointer<CChar>?
    let decide = { (core: UnsafePointer<CChar>?) in
      var situation = keel_blas_situation(
        core: core, can_switch: row.canSwitch ? 1 : 0, version: row.version,
        cpu_features: CUnsignedInt(row.features), coretype_is_set: row.coretypeIsSet ? 1 : 0,
        opted_out: row.optedOut ? 1 : 0)
      let outcome = keel_blas_decide(&situation, &deserved)
      #expect(Int(outcome) == row.outcome)
      #expect(deserved.map { String(cString: $0) } == row.deserved)
    }
    if let core = row.core { core.withCString(decide) } else { decide(nil) }
  }

  @Test(
    "The version is read from the configuration line",
    arguments: [
      ("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake MAX_THREADS=64", 321, "0.3.21"),
      ("OpenBLAS 0.3.31.dev  USE64BITINT DYNAMIC_ARCH", 331, "0.3.31.dev"),
      ("OpenBLAS 1.0.0", 10000, "1.0.0"),
      ("OpenBLAS DYNAMIC_ARCH NO_AFFINITY", 0, nil),
      ("OpenBLAS 0.3", 0, "0.3"),
      ("OpenBLAS 0.3.x", 0, "0.3.x"),
      ("OpenBLAS 0.-3.1", 0, "0.-3.1"),
      ("NO_LAPACKE DYNAMIC_ARCH", 0, nil),
      ("", 0, nil),
    ] as [(String, CInt, String?)])
  func version(line: String, number: CInt, text: String?) {
    #expect(keel_blas_parse_version(line) == number)
    #expect(BLASLibrary.version(configuration: line) == text)
  }

  @Test("The self-test passes on the kernels in use")
  func selfTest() {
    #expect(keel_blas_self_test() == nil)
  }

  @Test("The description of this process's library is consistent")
  func currentLibrary() {
    let library = BLASLibrary.current
    #expect(library.description.hasPrefix(library.vendor.rawValue))
    #expect(library.repairSummary.hasSuffix("."))
    if library.vendor == .openBLAS {
      #expect(library.coreInUse != nil)
      #expect(library.repair != .notApplicable)
    }
  }

  @Test("Every outcome has a sentence of its own")
  func sentences() {
    let repairs: [BLASLibrary.Repair] = [
      .notApplicable, .fixedKernels, .userChoice, .unknownCore, .notNeeded, .optedOut, .repaired,
      .noEffect, .wrongResults(routine: "sgemv"),
    ]
    let sentences = repairs.map { repair in
      BLASLibrary(
        vendor: .openBLAS, version: "0.3.21", configuration: nil, coreBefore: "Prescott",
        coreInUse: "SkylakeX", coreDeserved: "SkylakeX", repair: repair
      ).repairSummary
    }
    #expect(Set(sentences).count == repairs.count)
    #expect(sentences.last?.contains("sgemv") == true)
  }
}

#if os(Linux) && arch(x86_64)
  @Suite("Repair of the BLAS kernel set in a fresh process")
  struct BLASRepairProcessTests {
    static let best = InstructionSet.best == .avx512 ? "SkylakeX" : "Haswell"

    /// Whether the library can play a CPU that it does not know, on a CPU that deserves better.
    static let canPlay =
      BLASLibrary.current.vendor == .openBLAS && BLASLibrary.current.repair != .fixedKernels
      && InstructionSet.best >= .avx2

    /// Runs the probe and returns its answers; for a repeated key the last one.
    func probe(_ commands: [String], _ environment: [String: String] = [:]) throws -> [String: String] {
      let probe = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("RuntimeProbe")
      let process = Process()
      process.executableURL = probe
      process.arguments = commands
      var complete = environment
      complete["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
      process.environment = complete
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      var answers: [String: String] = [:]
      for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        answers[String(parts[0])] = String(parts[1])
      }
      return answers
    }

    @Test("A wrong choice is repaired before main", .enabled(if: canPlay))
    func repairedBeforeMain() throws {
      let answers = try probe(
        ["report", "self-test"],
        ["OPENBLAS_CORETYPE": "Prescott", "PROBE_FORGETS_CORETYPE": "1", "OPENBLAS_NUM_THREADS": "2"])
      #expect(answers["outcome"] == "\(KEEL_BLAS_REPAIRED)")
      #expect(answers["before"] == "Prescott")
      #expect(answers["now"] == Self.best)
      #expect(answers["deserved"] == Self.best)
      #expect(answers["coretype-set"] == "0")
      #expect(answers["self-test"] == "")
    }

    @Test("The user's kernel set is respected", .enabled(if: canPlay), arguments: ["Prescott", ""])
    func userChoice(coretype: String) throws {
      let answers = try probe(["report"], ["OPENBLAS_CORETYPE": coretype])
      #expect(answers["outcome"] == "\(KEEL_BLAS_USER_CHOICE)")
      #expect(answers["now"] == answers["before"])
      #expect(answers["coretype-set"] == "1")
      if !coretype.isEmpty { #expect(answers["now"] == coretype) }
    }

    @Test("KEEL_BLAS_REPAIR=off leaves the library alone", .enabled(if: canPlay))
    func optedOut() throws {
      let answers = try probe(
        ["report"],
        ["OPENBLAS_CORETYPE": "Prescott", "PROBE_FORGETS_CORETYPE": "1", "KEEL_BLAS_REPAIR": "off"])
      #expect(answers["outcome"] == "\(KEEL_BLAS_OPTED_OUT)")
      #expect(answers["now"] == "Prescott")
      #expect(answers["deserved"] == Self.best)
    }

    @Test("Kernels that fail the self-test are given up", .enabled(if: canPlay))
    func wrongKernels() throws {
      let answers = try probe(["select:Prescott", "repair-with-wrong-kernels", "report"])
      #expect(answers["repair"] == "\(KEEL_BLAS_WRONG_RESULTS)")
      #expect(answers["failed"] == "dgemm")
      #expect(answers["now"] == "Prescott")
      #expect(answers["coretype-set"] == "0")
    }

    @Test("A repair leaves environment and threads as they were", .enabled(if: canPlay), arguments: 1...3)
    func leavesNoTrace(threads: Int) throws {
      let settings = ["LANG": "C", "OPENBLAS_NUM_THREADS": "2"]
      let commands = ["threads:\(threads)", "select:Prescott", "repair", "report", "environment"]
      let repaired = try probe(commands, settings)
      #expect(repaired["repair"] == "\(KEEL_BLAS_REPAIRED)")
      #expect(repaired["threads"] == "\(threads)")
      #expect(repaired["coretype-set"] == "0")
      let untouched = try probe(["environment"], settings)
      #expect(repaired["environment"] == untouched["environment"])
    }

    @Test(
      "The self-test passes on every kernel set that the CPU can run", .enabled(if: canPlay),
      arguments: ["Prescott", "Core2", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX"])
    func everyKernelSet(core: String) throws {
      guard core != "SkylakeX" || InstructionSet.best == .avx512 else { return }
      let answers = try probe(["select:\(core)", "self-test"])
      #expect(answers["selected"] == "1")
      #expect(answers["self-test"] == "")
    }

    @Test("An unknown kernel set is refused and leaves the environment alone", .enabled(if: canPlay))
    func unknownKernelSet() throws {
      let answers = try probe(["select:Nosuchlake", "report", "self-test"])
      #expect(answers["selected"] == "0")
      #expect(answers["coretype-set"] == "0")
      #expect(answers["self-test"] == "")
    }

    @Test(
      "KEEL_INSTRUCTION_SET lowers the instruction set",
      arguments: [
        ("portable", 0, KEEL_REQUEST_FOLLOWED), ("", 2, KEEL_REQUEST_ABSENT),
        ("AVX2", 2, KEEL_REQUEST_UNKNOWN),
      ])
    func instructionSetFromEnvironment(value: String, level: Int, request: Int) throws {
      let answers = try probe(["report"], ["KEEL_INSTRUCTION_SET": value])
      #expect(answers["instruction-set"] == "\(min(level, InstructionSet.best.rawValue))")
      #expect(answers["request"] == "\(request)")
    }
  }
#endif
