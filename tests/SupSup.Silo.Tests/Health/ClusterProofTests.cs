using SupSup.Silo.Health;
using SupSup.Silo.Tests.Membership;

namespace SupSup.Silo.Tests.Health;

public sealed class ClusterProofTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Given_a_proof_that_is_asked_for_when_none_comes_for_as_long_then_there_is_doubt_until_one_does()
    {
        ClusterProof proof = new(_clock);
        _clock.Advance(1000);
        Assert.Null(proof.Doubt);
        proof.Wait("another cluster has it");
        Assert.Equal("another cluster has it", proof.Doubt);
        proof.Require(TimeSpan.FromSeconds(15));
        _clock.Advance(15);
        Assert.Null(proof.Doubt);
        long before = _clock.GetTimestamp();
        _clock.Advance(1);
        Assert.Contains("for 15 s", proof.Doubt, StringComparison.Ordinal);
        proof.Confirm(before);
        Assert.Null(proof.Doubt);
        proof.Confirm(before - TimeSpan.FromSeconds(5).Ticks); // an older one takes nothing back
        _clock.Advance(14);
        Assert.Null(proof.Doubt);
        _clock.Advance(1);
        Assert.NotNull(proof.Doubt);
    }

    [Fact]
    public async Task Given_a_store_that_was_lost_when_a_proof_comes_then_it_stays_lost()
    {
        ClusterProof proof = new(_clock);
        proof.Require(TimeSpan.FromSeconds(15));
        proof.Lose("it is gone");
        proof.Confirm(_clock.GetTimestamp());
        Assert.Equal("it is gone", proof.Doubt);
        Assert.Equal("it is gone", await proof.Lost);
    }
}
