using System.Net;
using SupSup.Silo.Http;

namespace SupSup.Silo.Tests.Http;

public sealed class CallerAddressTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2::9", "2001:db8:1:2::")]
    [InlineData("fe80::1%3", "fe80::")]
    [InlineData("::1", "::1")]
    public void Given_an_address_when_its_caller_is_limited_then_the_whole_network_of_its_host_is(string address, string limited) =>
        Assert.Equal(IPAddress.Parse(limited), CallerAddress.Of(IPAddress.Parse(address)));
}
