using System.Security.Cryptography;
using System.Text;

namespace SupSup.Grains.Interfaces;

/// <summary>Names of membership tables in Azure Table Storage, by which silos and clients find each other.</summary>
public static class MembershipTables
{
    private const string Prefix = "SupSupMembers";

    /// <summary>The table of a service. Its clusters are partitions of it, so no two services may share one; and since a table's name has
    /// letters and digits only, whose case does not count, an id is in it as the start of its SHA-256.</summary>
    /// <param name="serviceId">The service id.</param>
    public static string NameOf(string serviceId) => serviceId == "supsup"
        ? Prefix
        : Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(serviceId)).AsSpan(0, 8));
}
