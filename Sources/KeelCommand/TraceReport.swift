import Foundation
import Keel
import KeelTransfer

/// A trace as text: CSV, a summary for people, or JSON.
struct TraceReport {
  let problem: LinearTransferProblem
  let head: [Double]
  /// Where the problem comes from.
  let origin: String
  let trace: TransferTrace

  // MARK: - CSV

  /// One row a strategy and time; numbers read back to the same bits.
  var csv: String {
    var text =
      "strategy,time,train_loss,id_loss,ood_loss,head_norm,head_alignment,feature_change,conserved_drift\n"
    for path in trace.paths {
      for sample in path.samples {
        let numbers = [
          sample.time, sample.losses.training, sample.losses.inDistribution, sample.losses.outOfDistribution,
          sample.headNorm, sample.headAlignment, sample.featureChange, sample.conservedDrift,
        ]
        text += ([path.strategy.rawValue] + numbers.map(numberText)).joined(separator: ",") + "\n"
      }
    }
    return text
  }

  // MARK: - Summary

  /// The geometry, the assumptions, the bounds and the ends, in lines.
  var summary: String {
    let geometry = trace.geometry
    let failed = facts.assumptions.filter { !$0.holds }.map(\.statement)
    var rows: [(String, String)] = [
      ("problem", origin),
      (
        "sizes",
        "n = \(problem.inputs.rows), d = \(problem.inputDimension), k = \(problem.featureCount), "
          + "rank m = \(trace.rank)" + (trace.rank < problem.inputs.rows ? " < n" : "")
      ),
      ("condition of X", short(geometry.conditionNumber)),
      ("feature distance", short(geometry.featureDistance)),
      ("norm of w*", short(geometry.weightNorm)),
      (
        "cos(R0, S), cos(R0, S^perp)",
        "\(short(geometry.pretrainedToInputs)), \(short(geometry.pretrainedToComplement))"
      ),
      ("head alignment error", short(trace.squaredHeadAlignmentError.squareRoot())),
      ("assumptions that fail", failed.isEmpty ? "none" : failed.joined(separator: "; ")),
    ]
    if let bound = trace.lowerBound, let invariant = trace.invariantBound {
      rows += [
        ("FT error >= (printed)", short(bound.asPrinted) + (bound.asPrinted <= 0 ? ", vacuous" : "")),
        ("FT error >= (repaired)", short(bound.repaired) + (bound.repaired <= 0 ? ", vacuous" : "")),
        (
          "FT error >= (conserved)",
          short(invariant.stated) + (invariant.isCertified ? ", certified" : ", estimated from above")
        ),
      ]
    } else {
      rows.append(("FT error >=", "no bound holds for unequal learning rates"))
    }
    rows.append(
      ("LP error <=", trace.probeIsUnique ? short(trace.probeBound) : "no bound: the probe is not unique"))
    for path in trace.paths {
      let (last, lowest) = (path.last.losses, path.lowestOutOfDistribution)
      let words = [
        "OOD \(short(last.outOfDistribution)), ID \(short(last.inDistribution))",
        "\(Self.words(path.end)); least OOD \(short(lowest.losses.outOfDistribution))",
        "at time \(short(lowest.time))",
      ]
      rows.append(("\(path.strategy.rawValue) loss", words.joined(separator: " ")))
    }
    return FactList.text(rows)
  }

  private func short(_ value: Double) -> String { String(format: "%.6g", value) }

  private static func words(_ end: FlowPath.End) -> String {
    switch end {
    case .converged: "in the limit"
    case .atRest: "at rest, short of a minimum"
    case .endTime: "at the end of time"
    case .stepLimit: "after the largest number of steps"
    case .event: "at an event"
    }
  }

  // MARK: - JSON

  /// Everything in one object.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    // JSON has no such numbers; these words are what Python's float() and JavaScript's Number() read.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(facts), as: UTF8.self) + "\n"
  }

  private var facts: Facts { Facts(self) }

  private struct Facts: Encodable {
    struct Assumption: Encodable {
      let statement: String
      let holds: Bool
    }

    struct Geometry: Encodable {
      let conditionNumber, featureDistance, weightNorm: Double
      let cosPretrainedInputs, cosPretrainedComplement, cosTrueInputs, cosTrueComplement: Double
      let squaredHeadAlignmentError: Double
    }

    struct Bounds: Encodable {
      let fineTuningPrinted, fineTuningRepaired, fineTuningConserved: Double?
      let fineTuningConservedIsCertified: Bool?
      let linearProbing: Double?
    }

    struct Point: Encodable {
      let time, trainLoss, idLoss, oodLoss: Double
      let head: [Double]

      init(_ point: FlowPoint) {
        time = point.time
        trainLoss = point.losses.training
        idLoss = point.losses.inDistribution
        oodLoss = point.losses.outOfDistribution
        head = point.state.head
      }
    }

    struct Sample: Encodable {
      let time, trainLoss, idLoss, oodLoss, headNorm, headAlignment, featureChange, conservedDrift: Double
    }

    struct Path: Encodable {
      let strategy, end: String
      let steps: Int
      let last, leastOOD: Point
      let samples: [Sample]
    }

    let origin: String
    let examples, dimension, features, rank: Int
    let initialHead: [Double]
    let geometry: Geometry
    let assumptions: [Assumption]
    let bounds: Bounds
    let paths: [Path]

    init(_ report: TraceReport) {
      let (problem, trace) = (report.problem, report.trace)
      origin = report.origin
      examples = problem.inputs.rows
      dimension = problem.inputDimension
      features = problem.featureCount
      rank = trace.rank
      initialHead = report.head
      geometry = Geometry(
        conditionNumber: trace.geometry.conditionNumber, featureDistance: trace.geometry.featureDistance,
        weightNorm: trace.geometry.weightNorm, cosPretrainedInputs: trace.geometry.pretrainedToInputs,
        cosPretrainedComplement: trace.geometry.pretrainedToComplement,
        cosTrueInputs: trace.geometry.trueToInputs, cosTrueComplement: trace.geometry.trueToComplement,
        squaredHeadAlignmentError: trace.squaredHeadAlignmentError)
      let flags = trace.assumptions
      assumptions = [
        ("the features are orthonormal to rounding", flags.featuresAreOrthonormal),
        ("the second moment is invertible", flags.secondMomentIsInvertible),
        ("w* is not zero", flags.trueWeightsAreNonzero),
        ("k < m", flags.inputsOutnumberFeatures),
        ("k < d - m", flags.complementOutnumbersFeatures),
        ("pretrained features leave the inputs' span S", flags.pretrainedFeaturesLeaveInputs),
        ("S sees the pretrained features", flags.pretrainedFeaturesAreSeen),
        ("true features leave S", flags.trueFeaturesLeaveInputs),
        ("S sees the true features", flags.trueFeaturesAreSeen),
        ("S sees the pretrained features and w*", flags.augmentedFeaturesAreSeen),
        ("the head is misaligned", flags.headIsMisaligned),
        ("the start is no saddle", flags.startIsNotSaddle),
      ].map(Assumption.init)
      bounds = Bounds(
        fineTuningPrinted: trace.lowerBound?.asPrinted, fineTuningRepaired: trace.lowerBound?.repaired,
        fineTuningConserved: trace.invariantBound?.stated,
        fineTuningConservedIsCertified: trace.invariantBound?.isCertified,
        linearProbing: trace.probeIsUnique ? trace.probeBound : nil)
      paths = trace.paths.map { path in
        Path(
          strategy: path.strategy.rawValue, end: path.end.rawValue, steps: path.steps,
          last: Point(path.last), leastOOD: Point(path.lowestOutOfDistribution),
          samples: path.samples.map {
            Sample(
              time: $0.time, trainLoss: $0.losses.training, idLoss: $0.losses.inDistribution,
              oodLoss: $0.losses.outOfDistribution, headNorm: $0.headNorm, headAlignment: $0.headAlignment,
              featureChange: $0.featureChange, conservedDrift: $0.conservedDrift)
          })
      }
    }
  }
}
