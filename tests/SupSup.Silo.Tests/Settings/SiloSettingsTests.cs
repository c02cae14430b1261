using System.ComponentModel.DataAnnotations;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Tests.Settings;

public sealed class SiloSettingsTests
{
    [Theory]
    [InlineData("supsup", null, "grainstate")]
    [InlineData("blue", null, "grainstate-blue")]
    [InlineData("blue", "mine", "mine")]
    [InlineData("Blue", null, null)]
    public void Given_a_service_id_when_a_container_is_chosen_then_services_do_not_share_one(
        string service, string? container, string? chosen) =>
            Assert.Equal(chosen, new StorageSettings { Container = container }.ContainerFor(service));

    [Fact]
    public void Given_a_directory_and_a_cluster_when_checked_then_refused_with_the_remedy()
    {
        SiloSettings settings = new() { Membership = { Kind = MembershipKind.Redis, Redis = "redis:6379" } };
        Assert.Contains("set Storage:Kind to azure", Mistake(settings), StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_service_id_that_makes_no_container_when_checked_then_one_is_asked_for() =>
        Assert.Contains("Storage:Container must be set", Mistake(new()
        {
            ServiceId = "Blue",
            Storage = { Kind = StorageKind.Azure, ConnectionString = "UseDevelopmentStorage=true" },
        }), StringComparison.Ordinal);

    [Fact]
    public void Given_one_port_for_two_uses_when_checked_then_both_are_named() =>
        Assert.Contains("Endpoints:SiloPort and Http:Port", Mistake(new() { Endpoints = { SiloPort = 8080 } }), StringComparison.Ordinal);

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("somewhere")]
    public void Given_an_address_at_which_no_one_reaches_the_silo_when_checked_then_refused(string address) =>
        Assert.Contains(address, Mistake(new() { Endpoints = { Address = address } }), StringComparison.Ordinal);

    [Theory]
    [InlineData("a/b")]
    [InlineData("")]
    public void Given_an_id_that_could_be_taken_for_another_when_checked_then_refused(string id) =>
        Assert.Contains("ClusterId", Mistake(new() { ClusterId = id }), StringComparison.Ordinal);

    private static string Mistake(SiloSettings settings) =>
        Assert.Throws<ValidationException>(() => SiloHost.Build(settings, _ => { })).Message;
}
