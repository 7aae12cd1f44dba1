import Keel
import KeelTransfer
import Testing

@Suite("Reference problems")
struct ReferenceProblemTests {
  @Test("the problems are built as specified")
  func construction() throws {
    let a = try ReferenceProblem.a.get()
    #expect(Array(ReferenceProblem.pattern(3, 20, 7, 3, 5, 17).row(0)[0..<6]) == [7, 2, -3, -8, 4, -1])
    #expect(
      agree(
        try SVD(ReferenceProblem.pattern(3, 20, 11, 5, 2, 19)).singularValues[0], 29.682487848308902, 1e-12))
    #expect(
      agree(
        Array(a.trueFeatures.row(0)[0..<4]),
        [0.32288592281011, 0.092253120802888, -0.13837968120433, -0.36901248321155], 1e-13))
    #expect(
      agree(
        Array(a.pretrainedFeatures.row(0)[0..<4]),
        [0.34014892703049, 0.098575881896378, -0.14299716323774, -0.38457020837185], 1e-13))
    #expect(
      agree(
        Array(a.pretrainedFeatures.row(2)[16..<20]),
        [0.076769665226208, -0.27292565665881, 0.10685753767159, -0.22983343155685], 1e-13))
  }

  @Test("angles, distance and alignment")
  func geometry() throws {
    let problem = try ReferenceProblem.a.get()
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    #expect(agree(reduced.singularValues[0], 2.1665595351446, 1e-12))
    #expect(agree(reduced.singularValues[9], 0.55159908472471, 1e-12))
    #expect(agree(geometry.featureDistance, 0.0900673571896, 1e-12))
    #expect(agree(geometry.pretrainedToComplement, 0.50226344537666, 1e-12))
    #expect(agree(geometry.pretrainedToInputs, 0.57314192779664, 1e-12))
    #expect(agree(geometry.alignedTrueHead, [0.98557246228589, -0.51025878545943, 0.76209113198173], 1e-12))
    #expect(agree(geometry.weightNorm, 1.3462912017836, 1e-12))
    #expect(agree(geometry.squaredHeadAlignmentError(head: ReferenceProblem.head), 3.2849058500362, 1e-12))
    let bound = FineTuningLowerBound(geometry, head: ReferenceProblem.head)
    #expect(agree(bound.asPrinted, 0.0054030078729, 1e-12))
    #expect(agree(bound.repaired, -0.0097694588658, 1e-12))
  }

  @Test("bounds with perfect features")
  func perfectFeatures() throws {
    let problem = try ReferenceProblem.perfect.get()
    let geometry = try TransferGeometry(problem, reduced: ReducedTransferProblem(problem))
    let bound = FineTuningLowerBound(geometry, head: ReferenceProblem.head)
    #expect(agree(bound.asPrinted, 0.09136, 5e-6))
    #expect(agree(bound.repaired, 0.10669, 5e-6))
  }

  struct Probe: Sendable {
    let whitened: Bool
    let head: [Double]
    let inDistribution: Double
    let outOfDistribution: Double
    let training: Double?
    let upperBound: Double
  }

  @Test(
    "the linear probe",
    arguments: [
      Probe(
        whitened: false, head: [0.98075638536672, -0.52629076442317, 0.77386280098399],
        inDistribution: 0.0018959840573743, outOfDistribution: 0.00672335331681,
        training: 0.00215729764375, upperBound: 0.379175524934),
      Probe(
        whitened: true, head: [0.99093610145352, -0.54963901462734, 0.76178947804108],
        inDistribution: 0.0015767310638308, outOfDistribution: 0.00793759283569, training: nil,
        upperBound: 0.332822097478),
    ])
  func linearProbe(_ expected: Probe) throws {
    let problem = try (expected.whitened ? ReferenceProblem.b : ReferenceProblem.a).get()
    let reduced = try ReducedTransferProblem(problem)
    let probe = try LinearProbe(reduced, from: ReferenceProblem.head)
    let losses = probe.point().losses
    #expect(probe.isUnique)
    #expect(agree(probe.head, expected.head, 1e-12))
    #expect(agree(losses.inDistribution, expected.inDistribution, 1e-12))
    #expect(agree(losses.outOfDistribution, expected.outOfDistribution, 1e-12))
    if let training = expected.training { #expect(agree(losses.training, training, 1e-12)) }
    let geometry = try TransferGeometry(problem, reduced: reduced)
    #expect(agree(linearProbeUpperBound(geometry, probe: probe), expected.upperBound, 1e-11))
  }

  struct Row: Sendable {
    let whitened: Bool
    let start: Start
    let time: Double?
    let head: [Double]
    let inDistribution: Double
    let outOfDistribution: Double
    let movement: Double
    enum Start: Sendable { case head, zero, probe }
  }

  @Test(
    "the paths of fine-tuning",
    arguments: [
      Row(
        whitened: false, start: .head, time: 0.1,
        head: [0.7687708114373, 0.0991114953333, -0.3106524226708], inDistribution: 0.4736858076311,
        outOfDistribution: 1.1482905156553, movement: 0.3719331948065),
      Row(
        whitened: false, start: .head, time: 1,
        head: [0.9715147021721, -0.0212610583081, -0.1493369800364], inDistribution: 0.0463367533869,
        outOfDistribution: 0.5421136902654, movement: 0.7194003459972),
      Row(
        whitened: false, start: .head, time: nil,
        head: [0.9732229976458, -0.0548300734216, -0.1001016674614], inDistribution: 0,
        outOfDistribution: 0.4403835495786, movement: 0.7758216312299),
      Row(
        whitened: false, start: .zero, time: nil,
        head: [0.7156817053331, -0.3506311555666, 0.4573288697416], inDistribution: 0,
        outOfDistribution: 0.0539319872652, movement: 0.4099844972968),
      Row(
        whitened: false, start: .probe, time: 1,
        head: [0.9837465582066, -0.5302480450988, 0.7728597019495], inDistribution: 2.892279439e-6,
        outOfDistribution: 0.0050557376810, movement: 0.0302633166887),
      Row(
        whitened: false, start: .probe, time: nil,
        head: [0.9839751339261, -0.5303212296536, 0.7726473309465], inDistribution: 0,
        outOfDistribution: 0.0050556346196, movement: 0.0310647320040),
      Row(
        whitened: true, start: .head, time: nil,
        head: [0.9715754098693, -0.0622180999600, -0.0864676059727], inDistribution: 0,
        outOfDistribution: 0.4259321038318, movement: 0.7621296631501),
      Row(
        whitened: true, start: .probe, time: nil,
        head: [0.9910931338645, -0.5497319326405, 0.7619207771642], inDistribution: 0,
        outOfDistribution: 0.0063708439679, movement: 0.0290766899141),
    ])
  func fineTuning(_ row: Row) throws {
    let problem = try ReducedTransferProblem((row.whitened ? ReferenceProblem.b : ReferenceProblem.a).get())
    let flow = GradientFlow(problem)
    let head: [Double] =
      switch row.start {
      case .head: ReferenceProblem.head
      case .zero: [0, 0, 0]
      case .probe: try LinearProbe(problem).head
      }
    let path = try flow.path(from: flow.start(head: head), options: FlowOptions(endTime: row.time))
    #expect(path.end == (row.time == nil ? .converged : .endTime))
    let movement = path.last.state.features - problem.initialFeatures
    #expect(agree(path.last.state.head, row.head, 1e-10))
    #expect(agree(path.last.losses.inDistribution, row.inDistribution, 1e-10))
    #expect(agree(path.last.losses.outOfDistribution, row.outOfDistribution, 1e-10))
    #expect(agree(BLAS.nrm2(movement.elements), row.movement, 1e-10))
    // Two orders above the tolerance of a step: errors add up over some hundred steps.
    #expect(path.conservedDrift <= 1e-11)
  }

  @Test("a problem small enough to follow by hand")
  func tiny() throws {
    let problem = try ReferenceProblem.tiny()
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    let start = [0.5, 0.5]
    let bound = FineTuningLowerBound(geometry, head: start)
    #expect(agree(geometry.squaredHeadAlignmentError(head: start), 4, 1e-12))
    #expect(agree(geometry.pretrainedToComplement, 0.8, 1e-12))
    #expect(agree(geometry.pretrainedToInputs, 0.6, 1e-12))
    #expect(agree(bound.asPrinted, 0.194112549695, 1e-12))
    #expect(agree(bound.repaired, 0.193631914092, 1e-12))

    let flow = GradientFlow(reduced)
    let path = try flow.path(from: flow.start(head: start), options: FlowOptions(sampleTimes: [0.25, 1, 4]))
    try #require(path.samples.count == 3)
    let early = path.samples[0]
    #expect(agree(early.state.head, [0.579367957630782, 0.442206956133846], 1e-12))
    // The coordinates of S are those of X only up to the order and sign of its singular vectors.
    let features = early.state.features * reduced.rowSpaceBasis
    #expect(agree(Array(features.row(0)[0..<3]), [0.665083194306401, -0.0577197971276573, 0], 1e-12))
    #expect(agree(Array(features.row(1)[0..<3]), [0.0570388718960553, 0.549812294466021, 0], 1e-12))
    #expect(agree(early.losses.inDistribution, 0.6914885748208, 1e-12))
    #expect(agree(early.losses.outOfDistribution, 2.1358995952295, 1e-12))
    #expect(agree(early.losses.training, 0.1997903711143, 1e-12))
    #expect(agree(path.samples[1].state.head, [0.71265684499701, 0.32477015281349], 1e-12))
    #expect(agree(path.samples[1].losses.outOfDistribution, 1.5184091921897, 1e-12))
    #expect(agree(path.samples[2].losses.outOfDistribution, 0.85494412512064, 1e-12))
    #expect(agree(path.last.state.head, [0.900415455994677, 0.0904944258072209], 1e-12))
    #expect(agree(path.last.losses.outOfDistribution, 0.76742091143768, 1e-12))

    let probe = try LinearProbe(reduced, from: start)
    #expect(agree(probe.head, [1, -1], 1e-12))
    #expect(agree(probe.head(at: 0.25), [0.582364894294364, 0.43399622274965], 1e-12))

    let featuresOnly = GradientFlow(reduced, rates: .featuresOnly)
    let limit = try featuresOnly.path(
      from: flow.start(head: start), options: FlowOptions(residualTolerance: 1e-14)
    ).last
    #expect(agree(limit.losses.outOfDistribution, 1.6, 1e-12))
    let limitFeatures = limit.state.features * reduced.rowSpaceBasis
    #expect(agree(Array(limitFeatures.row(0)[0..<3]), [0.9, -0.9, 0], 1e-12))
    #expect(agree(Array(limitFeatures.row(1)[0..<3]), [0.3, -0.3, 0], 1e-12))

    var descent = GradientDescent(reduced, head: start, stepSize: 0.01)
    let before = descent.state.imbalance
    descent.step()
    let change = descent.state.imbalance - before
    let expected: Matrix<Double> = [[-1.1025e-6, -2.37825e-5], [-2.37825e-5, -6.7725e-6]]
    #expect(
      change.maximumDifference(from: expected) <= 1e-15)
  }
}
