using SupSup.Core.Streams;

namespace SupSup.Core.Tests.Streams;

public sealed class StreamAlgorithmTests
{
    private const int Classes = 10;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_mask_of_the_first_round_that_fits_when_a_segment_begins_then_no_later_round_is_asked_for(bool isOpen)
    {
        Masks masks = new() { Rounds = [[new Mask(4, 0.9, isOpen)], [new Mask(5, 0.9, true)]], [4, "a"] = 0.8, [5, "a"] = 0.9 };
        SegmentDecision<Mask> decision = await masks.DecideAsync("a");
        Assert.Equal((4, false, true, isOpen), (decision.Mask!.Id, decision.IsNew, decision.Fits, decision.Mask.IsOpen));
        Assert.Equal([4], masks.Run);
    }

    [Fact]
    public async Task Given_masks_of_which_only_a_later_one_fits_when_a_segment_begins_then_it_serves()
    {
        Mask[][] rounds = [[new Mask(4, 0.9, true)], [new Mask(5, 0.9, false), new Mask(6, 0.9, false)]];
        Masks masks = new() { Rounds = rounds, [4, "a"] = 0.2, [6, "a"] = 0.7 };
        SegmentDecision<Mask> decision = await masks.DecideAsync("a");
        Assert.Equal((6, false, true), (decision.Mask!.Id, decision.IsNew, decision.Fits));
        Assert.Equal([4, 5, 6], masks.Run); // 5 cannot be run, and is passed over
    }

    [Fact]
    public async Task Given_a_mask_of_unknown_usual_accuracy_when_a_segment_begins_then_it_is_held_to_be_perfect()
    {
        Masks masks = new() { Rounds = [[new Mask(4, null, false)]], New = new Mask(9, null, true), [4, "low"] = 0.54, [4, "high"] = 0.56 };
        Assert.Equal(9, (await masks.DecideAsync("low")).Mask!.Id);
        Assert.Equal(4, (await masks.DecideAsync("high")).Mask!.Id);
    }

    [Fact]
    public async Task Given_no_mask_that_fits_when_a_segment_begins_then_one_is_allocated_or_the_nearest_serves()
    {
        Mask[][] rounds = [[new Mask(4, 0.9, true), new Mask(5, 0.9, false)]];
        Masks masks = new() { Rounds = rounds, New = new Mask(9, null, true), [4, "a"] = 0.1, [5, "a"] = 0.3 };
        Assert.Equal(new SegmentDecision<Mask>(masks.New, IsNew: true, Fits: true), await masks.DecideAsync("a"));
        masks.New = null;
        SegmentDecision<Mask> crowded = await masks.DecideAsync("a");
        Assert.Equal((5, false, false), (crowded.Mask!.Id, crowded.IsNew, crowded.Fits));
    }

    [Fact]
    public async Task Given_another_rule_when_a_segment_begins_then_no_mask_is_run()
    {
        Mask chosen = new(2, null, true);
        Masks masks = new() { Rounds = [[new Mask(4, 0.9, true)]], [4, "a"] = 0.9 };
        StreamAlgorithm<Mask, string> algorithm = new(masks, Classes, 0.5, batch => batch == "a" ? chosen : null);
        SegmentDecision<Mask> decision = await algorithm.DecideAsync("a", Stop);
        Assert.Equal(new SegmentDecision<Mask>(chosen, IsNew: false, Fits: true), decision);
        Assert.Empty(masks.Run);
    }

    [Fact]
    public async Task Given_the_last_batch_when_a_segment_ends_then_the_mask_is_held_to_it_and_its_sample_is_of_its_own_task_only()
    {
        Mask mask = new(4, 0.5, true);
        Masks masks = new() { [4, "a"] = 0.8, [4, "b"] = 0.3 };
        StreamAlgorithm<Mask, string> algorithm = new(masks, Classes, 0.5);
        Assert.Equal(0.8, await algorithm.EndAsync(mask, "a", isTrained: true, Stop));
        Assert.Equal(0.3, await algorithm.EndAsync(mask, "b", isTrained: false, Stop));
        Assert.Equal(0.5, await algorithm.EndAsync(mask, "cannot be run", isTrained: false, Stop));
        Assert.Equal("a", masks.Samples[4]);
    }

    [Theory]
    [InlineData(0.90, 0.91, 7, 3)]
    [InlineData(0.92, 0.91, 3, 7)]
    [InlineData(0.91, 0.91, 7, 3)]
    public async Task Given_two_masks_of_one_task_when_compared_then_the_less_accurate_or_the_younger_goes(
        double ofSeven, double ofThree, int goes, int stays)
    {
        Masks masks = new()
        {
            Samples = { [7] = "own", [3] = "other", [5] = "another task's" },
            Twins = [new Mask(5, null, false), new Mask(3, null, false)],
        };
        foreach (string sample in masks.Samples.Values) (masks[7, sample], masks[3, sample], masks[5, sample]) = (ofSeven, ofThree, 0.1);
        masks[5, "another task's"] = 0.9;
        masks[7, "another task's"] = 0.1;
        StreamAlgorithm<Mask, string> algorithm = new(masks, Classes, 0.5);
        (Mask Goes, Mask Stays)? found = await algorithm.FindTwinAsync(new Mask(7, null, false), Stop);
        Assert.Equal((goes, stays), (found!.Value.Goes.Id, found.Value.Stays.Id));
    }

    [Fact]
    public async Task Given_a_mask_without_sample_or_without_twin_when_compared_then_nothing_goes()
    {
        Masks masks = new() { Samples = { [3] = "other" }, Twins = [new Mask(3, null, false)], [3, "other"] = 0.9, [7, "other"] = 0.9 };
        (masks[3, "own"], masks[7, "own"]) = (0.2, 0.9);
        StreamAlgorithm<Mask, string> algorithm = new(masks, Classes, 0.5);
        Assert.Null(await algorithm.FindTwinAsync(new Mask(7, null, false), Stop));
        masks.Samples[7] = "own"; // which the other one does not know
        Assert.Null(await algorithm.FindTwinAsync(new Mask(7, null, false), Stop));
    }

    public sealed record Mask(int Id, double? Usual, bool IsOpen) : IStreamMask;

    private sealed class Masks : IStreamMasks<Mask, string>
    {
        private readonly Dictionary<(int Mask, string Batch), double> _accuracies = [];

        public Mask[][] Rounds { get; init; } = [];

        public Mask? New { get; set; }

        public Mask[] Twins { get; init; } = [];

        public Dictionary<int, string> Samples { get; } = [];

        public List<int> Run { get; } = [];

        public double this[int mask, string batch]
        {
            get => _accuracies[(mask, batch)];
            set => _accuracies[(mask, batch)] = value;
        }

        public Task<SegmentDecision<Mask>> DecideAsync(string batch) =>
            new StreamAlgorithm<Mask, string>(this, Classes, 0.5).DecideAsync(batch, Stop);

        public IEnumerable<Task<Mask[]>> Candidates(string batch, CancellationToken cancellationToken) => Rounds.Select(Task.FromResult);

        public Task<double?> AccuracyAsync(Mask mask, string batch, CancellationToken cancellationToken)
        {
            Run.Add(mask.Id);
            return Task.FromResult(_accuracies.TryGetValue((mask.Id, batch), out double accuracy) ? accuracy : (double?)null);
        }

        public Task<Mask?> AllocateAsync(CancellationToken cancellationToken) => Task.FromResult(New);

        public Mask? Nearest(string batch, IEnumerable<(Mask Mask, double Accuracy)> tried) => tried.MaxBy(run => run.Accuracy).Mask;

        public Task KeepSampleAsync(Mask mask, string batch)
        {
            Samples[mask.Id] = batch;
            return Task.CompletedTask;
        }

        public Task<string?> SampleAsync(Mask mask) => Task.FromResult(Samples.GetValueOrDefault(mask.Id));

        public Task<IEnumerable<Mask>> TwinsAsync(string sample, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Mask>>(Twins);
    }
}
