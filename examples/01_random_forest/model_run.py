"""Train a random forest with one configuration; its accuracy on the validation data is to be maximized."""

from load_data import load_data
from sklearn.ensemble import RandomForestClassifier


def run(config):
    (X, y), (valid_X, valid_y) = load_data()
    classifier = RandomForestClassifier(random_state=42, **config)
    classifier.fit(X, y)
    return classifier.score(valid_X, valid_y)


if __name__ == "__main__":
    print("objective: ", run({"n_estimators": 100, "criterion": "gini", "max_depth": 50, "min_samples_split": 2}))
