using Lodger.Server.Access;
using Lodger.Server.Live;

namespace Lodger.Server.Tests.Live;

public sealed class StreamPlacesTests
{
    private readonly StreamPlaces places = new();

    [Fact]
    public void A_token_takes_its_own_places_and_no_others()
    {
        for (var i = 0; i < StreamPlaces.EachMax; i++)
            places.Take(Of("token:a")).ShouldBeNull();
        places.Take(Of("token:a", Proof.Session)).ShouldNotBeNull().ShouldContain("token:a");
        places.Take(Of("token:b")).ShouldBeNull();
        places.Take(Principal.Owner).ShouldBeNull();
        places.GiveBack(Of("token:a"));
        places.Take(Of("token:a")).ShouldBeNull("one was given back");
    }

    [Fact]
    public void Many_tokens_together_leave_places_for_the_servers_user()
    {
        var taken = 0;
        while (places.Take(Of($"token:{taken}")) is null)
            taken.ShouldBeLessThan(StreamPlaces.AllMax, $"{++taken}");
        var kept = 0;
        while (places.Take(Principal.Owner) is null)
            (++kept).ShouldBeLessThan(StreamPlaces.AllMax);
        kept.ShouldBeGreaterThan(StreamPlaces.EachMax, "the limit of a token is not the owner's");
        (taken + kept).ShouldBe(StreamPlaces.AllMax);
    }

    private static Principal Of(string name, Proof proof = Proof.Token) => new(name, Principal.AllScopes, null, proof, "192.0.2.1");
}
