using SupSup.Core.Banks;
using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Search;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Banks;
using SupSup.Core.Tests.Datasets;
using SupSup.Core.Tests.Training;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Search;

[Collection(nameof(ProcessTests))]
public sealed class BankSearchTests
{
    private const int Tasks = 70;
    private const int Classes = 10;

    private static readonly FixedNetwork Trained = BankData.Network("784-100-50-60", seed: 1);
    private static readonly Lazy<Task<TaskMask[]>> TrainedMasks = new(TrainAsync);

    [Theory]
    [InlineData("H", LayerSelection.All)]
    [InlineData("H", LayerSelection.First)]
    [InlineData("G", LayerSelection.All)]
    [InlineData("G", LayerSelection.First)]
    public async Task Given_masks_trained_on_mnist_when_searched_then_the_best_of_all_is_found_with_its_exact_score(
        string objective, LayerSelection layers)
    {
        TaskMask[] masks = await TrainedMasks.Value;
        Dataset mnist = await RealMnist.OpenAsync();
        MaskCounts counts = new(Trained.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        using EffectiveNetwork superposition = EffectiveNetwork.Of(Trained, counts);
        int right = 0;
        int coarse = 0;
        for (int task = 0; task < Tasks; task += 7)
        {
            (float[] inputs, _) = new PermutedFamily().Make(mnist, 1, task).Test(task * 10, 4);
            RankOneFactors factors = superposition.Differentiate(inputs, 4, Objectives.Get(objective), Classes);

            SearchAnswer[] answers = AssertFindsTheBest(Trained, masks, factors, layers, scale: 0);

            right += answers.Count(answer => answer.Task == task);
            coarse += answers.Count(answer => answer.Depth == ScanDepth.Coarse);
        }

        // Else the masks would be no better than random ones, or the coarse scan, which reads the first
        // layer, never have been taken at its word.
        Assert.True(right >= 10, $"{right} of 40 images traced to their task");
        if (layers == LayerSelection.First) Assert.True(coarse >= 5, $"{coarse} of 40 images were answered after a coarse scan");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(200)]
    public void Given_random_masks_when_searched_then_the_best_of_all_is_found(int count)
    {
        FixedNetwork network = BankData.Network("50-40-30-20");
        TaskMask[] masks = RandomData.Masks(network.Shape, count, 1);
        foreach (LayerSelection layers in Enum.GetValues<LayerSelection>())
        {
            foreach (double background in new[] { 0, 0.8 })
            {
                RankOneFactors factors = BankData.Factors(network.Shape, 20, count, background);
                SearchAnswer[] answers = AssertFindsTheBest(network, masks, factors, layers, scale: 1);
                if (new SearchPass(1, count, new SearchRule()).FirstDepth == ScanDepth.Full)
                    Assert.All(answers, answer => Assert.Equal(ScanDepth.Full, answer.Depth));
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(63)]
    [InlineData(500)]
    public void Given_exact_runners_up_wanted_when_searched_then_they_are_the_next_by_the_exact_gradient_with_its_scores(int count)
    {
        const int Shortlist = 6;
        FixedNetwork network = BankData.Network("50-40-30-20");
        TaskMask[] masks = RandomData.Masks(network.Shape, count, 2);
        using BankSearch search = new(network, Classes);
        foreach (LayerSelection layers in Enum.GetValues<LayerSelection>())
        {
            RankOneFactors factors = BankData.Factors(network.Shape, 20, count, 0.8);
            GradientScores scores = new(network, layers);

            // Above a lead of 0 the gradient decides, so that winner and runners-up are in its order.
            SearchRule rule = new() { Shortlist = Shortlist, CertainAbove = 0, ExactRunnersUp = true };
            SearchAnswer[] answers = search.Find(BankData.Bank(network, masks).Snapshot, factors, layers, rule);

            for (int row = 0; row < factors.Rows; row++)
            {
                float[] exact = scores.Of(factors, row, 1, masks);
                float[] best = [.. exact.OrderDescending().Take(Math.Min(Shortlist, count))];
                (int Task, float Score) winner = (answers[row].Task, (float)answers[row].Run.Score);
                (int Task, float Score)[] told = [winner, .. answers[row].RunnersUp.Select(next => (next.Task, next.Score))];
                Assert.Equal(best.Length, told.Length);
                for (int n = 0; n < best.Length; n++)
                {
                    Assert.Equal(best[n], told[n].Score, 1e-4);
                    Assert.Equal(exact[told[n].Task], told[n].Score, 1e-4);
                }
            }
        }
    }

    [Theory]
    [InlineData(double.NaN, 1, null)]
    [InlineData(7.5, 2, 2.5)]
    public void Given_evidence_of_a_mask_that_is_not_known_when_searched_then_the_gradient_decides(
        double evidence, int expected, double? margin)
    {
        SearchPass pass = new(1, 3, new SearchRule());
        pass.Take([0], ScanDepth.Full, [[ScanOutcome.Of([0.1f, 0.9f, 0.5f], pass.Named)]]);
        pass.Set(0, 0, new MaskRun(0.1, 0, 1, 3));
        pass.Set(0, 1, new MaskRun(0.9, 0, 1, 5));
        pass.Set(0, 2, new MaskRun(0.5, 0, 1, evidence));

        SearchAnswer answer = pass.Answers()[0];

        Assert.Equal((expected, margin), (answer.Task, answer.Margin));
        Assert.Equal(
            double.IsNaN(evidence) ? double.NaN : 1 / (1 + Math.Exp(-2.5) + Math.Exp(-4.5)), answer.Probability ?? double.NaN, 1e-12);
    }

    [Theory]
    [InlineData(8, 1, 1.0)]
    [InlineData(8, 0.5, null)]
    [InlineData(8, 0, null)]
    [InlineData(1, 1, null)]
    public void Given_a_gradient_that_is_certain_when_searched_then_one_mask_is_run_and_by_the_usual_lead_it_is_sure(
        int shortlist, double certainAbove, double? probability)
    {
        SearchPass pass = new(1, 100, new SearchRule { Shortlist = shortlist, CertainAbove = certainAbove });
        float[] scores = [.. Enumerable.Range(0, 100).Select(task => task == 42 ? 1f : 0.01f * (task % 7))];
        pass.Take([0], ScanDepth.Full, [[ScanOutcome.Of(scores, pass.Named)]]);
        Assert.Equal([(0, 42)], pass.Finalists);
        pass.Set(0, 42, new MaskRun(1, 0, 1, 3));

        SearchAnswer answer = pass.Answers()[0];

        Assert.Equal((42, probability, (double?)null), (answer.Task, answer.Probability, answer.Margin));
    }

    [Fact]
    public void Given_one_mask_when_searched_then_it_is_the_answer_and_leads_without_end()
    {
        FixedNetwork network = BankData.Network("20-10-15");
        MaskBank bank = new(network);
        bank.Put(7, RandomData.Mask(network.Shape, 1));
        using BankSearch search = new(network, Classes);

        RankOneFactors factors = BankData.Factors(network.Shape, 1, 1, 0.5);

        SearchAnswer answer = Assert.Single(search.Find(bank.Snapshot, factors, LayerSelection.All, SearchRule.OneShot));

        Assert.Equal(7, answer.Task);
        Assert.Equal(double.PositiveInfinity, answer.Lead);
        Assert.Equal(1, answer.Finalists);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(100)]
    public void Given_the_best_mask_twice_when_searched_then_one_of_the_two_is_found_and_leads_by_nothing(int count)
    {
        FixedNetwork network = BankData.Network("50-40-20");
        TaskMask[] masks = RandomData.Masks(network.Shape, count, 1);
        RankOneFactors factors = BankData.Factors(network.Shape, 1, 1, 0.5);
        int best = Best(network, masks, factors, 0, LayerSelection.All).Slot;
        MaskBank bank = BankData.Bank(network, masks);
        bank.Put(count + 5, masks[best]);
        using BankSearch search = new(network, Classes);

        SearchAnswer answer = search.Find(bank.Snapshot, factors, LayerSelection.All, SearchRule.OneShot)[0];

        Assert.Contains(answer.Task, new[] { best, count + 5 });
        Assert.Equal(0, answer.Lead);
        Assert.True(answer.Finalists >= 2);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void Given_the_same_mask_everywhere_when_searched_then_any_is_found_and_leads_by_nothing(int count)
    {
        FixedNetwork network = BankData.Network("50-40-20");
        MaskBank bank = BankData.Bank(network, [.. Enumerable.Repeat(RandomData.Mask(network.Shape, 1), count)]);
        using BankSearch search = new(network, Classes);

        RankOneFactors factors = BankData.Factors(network.Shape, 1, 1, 0.5);

        SearchAnswer answer = search.Find(bank.Snapshot, factors, LayerSelection.All, SearchRule.OneShot)[0];

        Assert.InRange(answer.Task, 0, count - 1);
        Assert.Equal(0, answer.Lead);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(150)]
    public void Given_slots_with_holes_when_searched_then_the_best_of_those_filled_is_found(int count)
    {
        FixedNetwork network = BankData.Network("50-40-20");
        TaskMask[] masks = RandomData.Masks(network.Shape, count, 1);
        RankOneFactors factors = BankData.Factors(network.Shape, 1, 3, 0.5);
        MaskBank bank = BankData.Bank(network, masks);
        using BankSearch search = new(network, Classes);
        HashSet<int> left = [.. Enumerable.Range(0, count)];

        // The best is taken away again and again.
        for (int n = 0; n < count; n++)
        {
            (int slot, float score) = Best(network, [.. left.Order().Select(each => masks[each])], factors, 0, LayerSelection.All);
            slot = left.Order().ElementAt(slot);

            SearchAnswer answer = search.Find(bank.Snapshot, factors, LayerSelection.All, SearchRule.OneShot)[0];

            Assert.True(answer.Task == slot || Math.Abs(answer.Run.Score - score) < 1e-4, $"slot {answer.Task}, not {slot}");
            bank.Remove(slot);
            left.Remove(slot);
        }
    }

    [Fact]
    public void Given_what_cannot_be_searched_when_tried_then_the_error_names_the_culprit()
    {
        FixedNetwork network = BankData.Network("20-10-5");
        MaskBank bank = BankData.Bank(network, RandomData.Masks(network.Shape, 2, 1));
        RankOneFactors factors = BankData.Factors(network.Shape, 1, 1, 0);
        using BankSearch search = new(network, 5);
        using BankSearch other = new(BankData.Network("9-10-5"), 5);

        RankOneFactors foreign = BankData.Factors(BankData.Network("9-10-5").Shape, 1, 1, 0);

        ArgumentException Refused(BankSearch by, MaskBank what, RankOneFactors images) =>
            Assert.Throws<ArgumentException>(() => by.Find(what.Snapshot, images, LayerSelection.All, SearchRule.OneShot));
        ArgumentException empty = Refused(search, new MaskBank(network), factors);
        ArgumentException shape = Refused(search, bank, foreign);
        ArgumentException wrong = Refused(other, bank, factors);
        bank.Remove(0);
        bank.Remove(1);
        ArgumentException emptied = Refused(search, bank, factors);

        Assert.Equal("the mask bank is empty", empty.Message);
        Assert.Equal("the mask bank is empty", emptied.Message);
        Assert.Contains("matrices 10x9 5x10 are too few to score 2 layers of network 20-10-5", shape.Message, StringComparison.Ordinal);
        Assert.Contains("the bank is of another network (20-10-5) than the runner (9-10-5)", wrong.Message, StringComparison.Ordinal);
    }

    private static SearchAnswer[] AssertFindsTheBest(
        FixedNetwork network, TaskMask[] masks, RankOneFactors factors, LayerSelection layers, double scale)
    {
        using BankSearch search = new(network, Classes);
        SearchAnswer[] answers = search.Find(BankData.Bank(network, masks).Snapshot, factors, layers, SearchRule.OneShot);
        Assert.Equal(factors.Rows, answers.Length);
        for (int row = 0; row < factors.Rows; row++)
        {
            (int best, float score) = Best(network, masks, factors, row, layers);

            // The scorer sums in single precision, random terms of up to one: where two are that close either may be the best.
            double close = 1e-5 * Math.Max(scale, Math.Abs(score));
            Assert.Equal(score, answers[row].Run.Score, close);
            if (answers[row].Task == best) continue;
            Assert.True(answers[row].Run.Score >= score - close, $"image {row}: slot {answers[row].Task}, not {best}");
        }

        return answers;
    }

    private static (int Slot, float Score) Best(
        FixedNetwork network, TaskMask[] masks, RankOneFactors factors, int row, LayerSelection layers)
    {
        float[] scores = new GradientScores(network, layers).Of(factors, row, 1, masks);
        int best = Array.IndexOf(scores, scores.Max());
        return (best, scores[best]);
    }

    private static async Task<TaskMask[]> TrainAsync()
    {
        Dataset mnist = await RealMnist.OpenAsync();
        Recipe recipe = Recipes.Get("fast") with { Batches = 25, BatchSize = 64 };
        return [.. Enumerable.Range(0, Tasks).Select(task => TaskTrainer.Train(Trained, new ThresholdMaskRule(), recipe,
            new TrainingJob { Data = new PermutedFamily().Make(mnist, 1, task), Index = task }).Mask)];
    }
}
