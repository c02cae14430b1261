using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SupSup.Client;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Data;

/// <summary>A silo learns what users keep as files, by the path and options of an order.</summary>
public sealed class OwnDataTests : IAsyncLifetime
{
    private readonly TemporaryStore _store = new();
    private TestSilo _silo = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Table => Path.Combine(_store.Folder, "people.csv");

    public async ValueTask InitializeAsync()
    {
        StringBuilder text = new("height,colour,noise,class\n");
        Random random = new(1);
        for (int n = 0; n < 600; n++)
        {
            string colour = new[] { "red", "green" }[n / 2 % 2];
            string height = FormattableString.Invariant($"{(n % 2 == 0 ? 1000 : 1100) + random.Next(20)}");
            text.Append(CultureInfo.InvariantCulture, $"{height},{colour},{random.Next(9)},{(n % 2 == 0 ? "low" : "high")}-{colour}\n");
        }

        await File.WriteAllTextAsync(Table, text.ToString(), Stop);
        _silo = await TestSilo.StartAsync(Path.Combine(_store.Folder, "store"));
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Given_a_table_when_a_task_of_it_is_learned_then_rows_are_answered_right_and_its_normalisation_is_per_number()
    {
        const string Options = "?drop=noise";
        SupSupModel model = await _silo.Client.CreateAsync("m", Spec(3), Stop);
        TaskData data = new() { Dataset = $"{Table}{Options}", Family = "permuted", Seed = 1, Index = 4 };

        TaskSummary learned = await model.LearnAsync(0, new TrainingOrder { Data = data, Batches = 60 }, cancellationToken: Stop);

        Dataset people = DatasetFiles.Open($"{Table}{Options}");
        int[] order = PermutedFamily.Permutation(3, 1, 4);
        Assert.Equal(new PixelNormalization
        {
            Means = [.. order.Select(n => people.Normalization.Means[n])],
            Deviations = [.. order.Select(n => people.Normalization.Deviations[n])],
            Numbers = true,
        }, learned.Normalization);
        ImmutableArray<float> means = learned.Normalization!.Means, deviations = learned.Normalization.Deviations;
        float[] inputs = [.. Enumerable.Range(0, people.Test.Count)
            .SelectMany(row => order.Select((from, n) => (people.Test.Row(row)[from] - means[n]) / deviations[n]))];
        TaskPredictions found = await model.PredictAsync(0, new InputBatch { Rows = people.Test.Count, Values = inputs }, Stop);
        Assert.InRange(found.Classes.Zip(people.Test.Labels).Average(pair => pair.First == pair.Second ? 1.0 : 0), 0.95, 1);
        Assert.Contains("send FP32 values", Assert.Throws<SupSupException>(() => learned.Normalization.Apply([1, 2, 3])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?colour", "unknown option 'colour'")]
    [InlineData("?split=9", "option split cannot be '9'")]
    [InlineData("?label=wage", "has no column 'wage'")]
    public async Task Given_an_order_with_an_option_at_fault_when_learned_then_it_is_refused_with_one_line(
        string options, string words)
    {
        SupSupModel model = await _silo.Client.CreateAsync("m", Spec(4), Stop);
        TrainingOrder order = new() { Data = new TaskData { Dataset = $"{Table}{options}", Seed = 1, Index = 0 }, Batches = 2 };

        SupSupException refused = await Assert.ThrowsAsync<SupSupException>(() => model.LearnAsync(0, order, cancellationToken: Stop));

        Assert.Equal(SupSupError.InvalidRequest, refused.Error);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    private static ModelSpec Spec(int inputs) => new() { Inputs = inputs, Hidden = [40], Outputs = 20, Classes = 4, Seed = 7 };
}
