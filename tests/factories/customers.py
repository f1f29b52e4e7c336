import factory
from factory.django import DjangoModelFactory
