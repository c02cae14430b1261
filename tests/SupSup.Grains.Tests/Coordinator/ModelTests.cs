using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

public sealed class ModelTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_a_model_when_created_again_then_the_same_definition_is_confirmed_and_another_refused()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        await silo.Client.CreateAsync("m", RealData.Spec with { Hidden = [100] }, Stop);
        foreach (ModelSpec other in new[] { RealData.Spec with { Seed = 8 }, RealData.Spec with { Hidden = [100, 100] },
            RealData.Spec with { Outputs = 60 }, RealData.Spec with { Classes = 9 } })
            await Expect.ErrorAsync(SupSupError.Conflict, () => silo.Client.CreateAsync("m", other, Stop), "'m'", "choose another name");
        Assert.Equal(RealData.Spec, (await (await silo.Client.OpenAsync("m", Stop)).DescribeAsync(Stop)).Spec);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("a\n")]
    public async Task Given_a_name_that_cannot_be_a_key_when_created_then_it_is_refused(string name)
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        await Assert.ThrowsAsync<SupSupException>(() => silo.Client.CreateAsync(name, RealData.Spec, Stop));
    }

    [Fact]
    public async Task Given_definitions_that_cannot_be_built_when_created_then_the_culprit_is_named_and_the_name_stays_free()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => silo.Client.CreateAsync("m", RealData.Spec with { Classes = 51 }, Stop), "51 classes");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => silo.Client.CreateAsync("m", RealData.Spec with { Hidden = [0] }, Stop), "784-0-50");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => silo.Client.CreateAsync("m", RealData.Spec with { WeightsVersion = 9 }, Stop), "version 9");
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => silo.Client.CreateAsync("m", RealData.Spec with { MaskRule = "x" }, Stop),
            "'x'", "threshold");
        await silo.Client.CreateAsync("m", RealData.Spec, Stop);
    }

    [Fact]
    public async Task Given_a_plan_in_place_of_sizes_when_created_then_the_definition_is_that_of_the_sizes()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        ModelSpec byPlan = new() { Plan = "100/784-50", Classes = 10, Seed = 7 };
        SupSupModel model = await silo.Client.CreateAsync("m", byPlan, Stop);

        Assert.Equal(RealData.Spec, (await model.DescribeAsync(Stop)).Spec);
        Assert.Equal("784-100-50", RealData.Spec.Plan);
        await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        await silo.Client.CreateAsync("m", RealData.Spec with { Plan = "100/784-50" }, Stop);
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => silo.Client.CreateAsync("n", byPlan with { Inputs = 783 }, Stop), "100/784-50", "inputs 784");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => silo.Client.CreateAsync("n", byPlan with { Hidden = [99] }, Stop), "hidden [100]");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => silo.Client.CreateAsync("n", new ModelSpec { Classes = 10, Seed = 7 }, Stop), "0-0");
    }

    [Theory]
    [InlineData("threshold", true)]
    [InlineData("top-k:0.5", false)]
    public async Task Given_a_model_over_pictures_with_a_rule_when_created_again_without_one_then_the_former_default_alone_is_confirmed(
        string rule, bool isConfirmed)
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        ModelSpec spec = new() { Plan = "conv8-norm-relu-average/3x8x8-3", Classes = 3, Seed = 4 };
        SupSupModel model = await silo.Client.CreateAsync("m", spec with { MaskRule = rule }, Stop);

        if (isConfirmed) await silo.Client.CreateAsync("m", spec, Stop);
        else await Expect.ErrorAsync(SupSupError.Conflict, () => silo.Client.CreateAsync("m", spec, Stop), rule, "top-k:er-16");
        Assert.Equal(rule, (await model.DescribeAsync(Stop)).Spec.MaskRule);
        model = await silo.Client.CreateAsync("n", spec, Stop);
        Assert.Equal("top-k:er-16", (await model.DescribeAsync(Stop)).Spec.MaskRule);
    }

    [Fact]
    public async Task Given_many_callers_when_task_indices_are_allocated_then_each_is_handed_out_once_even_across_a_restart()
    {
        List<int> handedOut = [];
        for (int start = 0; start < 2; start++)
        {
            await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
            SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
            handedOut.AddRange(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => model.AllocateTaskAsync(Stop))));
        }

        Assert.Equal(Enumerable.Range(0, 100), handedOut.Order());
    }
}
